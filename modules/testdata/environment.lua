-- -*- lua -*-
-- Written by berth; `berth module refresh` writes it anew.

whatis("Name: berth")
whatis("Version: project")
whatis("Description: the environment in /home/u/project")
help("The environment in /home/u/project.\n\nIt holds hdf5/1.14.5, zlib/1.3.1.")

if extensions then extensions("hdf5/1.14.5, zlib/1.3.1") end
prepend_path("PATH_A", "/one/lib")
prepend_path("PATH_A", "/one/bin")
pushenv("CC", "one-cc")
pushenv("ONLY_ONE", "1")
pushenv("BERTH_ENV", "/home/u/project")
