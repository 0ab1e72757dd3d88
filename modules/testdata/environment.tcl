#%Module1.0
## Written by berth; `berth module refresh` writes it anew.

module-whatis "Name: berth"
module-whatis "Version: project"
module-whatis "Description: the environment in /home/u/project"
proc ModulesHelp {} {
    puts stderr "The environment in /home/u/project.\n\nIt holds hdf5/1.14.5, zlib/1.3.1."
}

conflict berth
if {[info commands extensions] ne ""} { extensions "hdf5/1.14.5, zlib/1.3.1" }
if {![info exists ModuleTool] || $ModuleTool ne "Modules" || [info commands pushenv] eq ""} {
    proc pushenv {name value} { setenv $name $value }
}
prepend-path PATH_A /one/lib
prepend-path PATH_A /one/bin
pushenv CC one-cc
pushenv ONLY_ONE 1
pushenv BERTH_ENV /home/u/project
