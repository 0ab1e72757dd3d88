from spack.package import PackageBase, any_combination_of, conflicts, depends_on, variant


class CudaPackage(PackageBase):
    cuda_arch_values = ("70", "80", "90a")

    variant("cuda", default=False, description="with CUDA")
    variant("cuda_arch", values=any_combination_of(*cuda_arch_values), sticky=True, when="+cuda", description="which GPUs")
    depends_on("cuda", when="+cuda")
    depends_on("cuda@11.0:", when="cuda_arch=80")
    conflicts("%gcc@13:", when="+cuda ^cuda@:12.3")

    @staticmethod
    def cuda_flags(arch_list):
        return ["-arch=sm_{0}".format(s) for s in arch_list]
