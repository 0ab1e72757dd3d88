-- -*- lua -*-
-- Written by berth; `berth module refresh` writes it anew.

whatis("Name: hdf5")
whatis("Version: 1.14.5")
whatis("Description: Data \"model\" and file format.")
whatis("URL: https://www.hdfgroup.org")
help("Data \"model\" and file format.\n\nhttps://www.hdfgroup.org\n\nhdf5@1.14.5+mpi target=x86_64_v3\n/sbu6pishwc7sndcdgffu6tlcpyuzraqu\n")

family("mpi")
depends_on("mpich/4.2")
depends_on("zlib/1.3.1")
pushenv("HDF5_X", "a $b")
prepend_path("MANPATH", "/store/hdf5/share/man")
append_path("MANPATH", "")
