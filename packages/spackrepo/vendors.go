package spackrepo

// What a vendor's software is part of, or comes with.
const (
	ofCray    = "it is part of the Cray programming environment and cannot be had by itself"
	ofIBM     = "it is IBM's product and cannot be had by itself"
	ofFujitsu = "it is part of Fujitsu's development studio and cannot be had by itself"
)

// externalOnly says of recipes why nothing can be built with them: they describe what a vendor delivers, for others to depend on. The recipes do
// not say so: install() raises an error at best. Spack has this list in its default packages.yaml, which is no part of a repository.
var externalOnly = map[string]string{
	"cce":           ofCray,
	"cray-fftw":     ofCray,
	"cray-libsci":   ofCray,
	"cray-mpich":    ofCray,
	"cray-mvapich2": ofCray,
	"cray-pmi":      ofCray,
	"egl":           "it comes with the driver of a graphics card",
	"essl":          ofIBM,
	"fujitsu-mpi":   ofFujitsu,
	"fujitsu-ssl2":  ofFujitsu,
	"hpcx-mpi":      "it comes as binaries of NVIDIA's, and its recipe only describes it",
	"mpt":           "it is HPE's product and cannot be had by itself",
	"spectrum-mpi":  ofIBM,
}
