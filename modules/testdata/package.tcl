#%Module1.0
## Written by berth; `berth module refresh` writes it anew.

module-whatis "Name: hdf5"
module-whatis "Version: 1.14.5"
module-whatis "Description: Data \"model\" and file format."
module-whatis "URL: https://www.hdfgroup.org"
proc ModulesHelp {} {
    puts stderr "Data \"model\" and file format.\n\nhttps://www.hdfgroup.org\n\nhdf5@1.14.5+mpi target=x86_64_v3\n/sbu6pishwc7sndcdgffu6tlcpyuzraqu\n"
}

conflict hdf5
if {[info commands family] ne ""} { family mpi }
if {[info commands depends-on] ne ""} {
    depends-on mpich/4.2
    depends-on zlib/1.3.1
} else {
    module load mpich/4.2
    module load zlib/1.3.1
}
if {![info exists ModuleTool] || $ModuleTool ne "Modules" || [info commands pushenv] eq ""} {
    proc pushenv {name value} { setenv $name $value }
}
pushenv HDF5_X "a \$b"
prepend-path MANPATH /store/hdf5/share/man
append-path MANPATH ""
