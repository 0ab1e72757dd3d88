# Completion of berth's command lines for fish. In ~/.config/fish/config.fish: berth completion fish | source
function __berth_complete
    set -l words (commandline -opc)
    set -l program $words[1]
    set -e words[1]
    set -l current (commandline -ct)
    set -l found ($program __complete -- $words "$current" 2>/dev/null)
    if test (count $found) -gt 0
        printf '%s\n' $found
    else
        __fish_complete_path "$current"
    end
end
complete -c berth -f -a '(__berth_complete)'
