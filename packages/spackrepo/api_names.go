package spackrepo

import (
	"github.com/berth-hpc/berth/packages/python"
	"github.com/berth-hpc/berth/spec"
)

// addClasses makes the classes that recipes inherit from and that no repository defines.
func (c *core) addClasses() error {
	add := func(name string, bases ...*python.Class) *python.Class {
		class, err := python.NewClass(name, bases, nil)
		if err != nil {
			panic(err) // the bases are known here
		}
		class.Module = coreModule
		class.Data = &classData{}
		c.names[name] = class
		c.internal = append(c.internal, class)
		return class
	}
	c.base = add("PackageBase")
	c.base.Set("has_code", python.True)
	c.base.Set("versions", versionsProperty{})
	for _, name := range baseMethods {
		c.base.Set(name, &unavailable{name: "PackageBase." + name})
	}
	pkg := add("Package", c.base)
	generic, err := genericSystem()
	if err != nil {
		return err
	}
	pkg.Data = &classData{directives: []*directive{generic}}
	pkg.Set("build_system_class", python.Str("Package"))
	builder := add("Builder")
	withDefaults := add("BuilderWithDefaults", builder)
	add("BaseBuilder")
	add("AnyBuilder", builder)
	genericBuilder := add("GenericBuilder", withDefaults)
	genericBuilder.Set("phases", python.Tuple{python.Str("install")})
	genericBuilder.Set("package_methods", python.Tuple{})
	genericBuilder.Set("package_attributes", python.Tuple{})
	for _, name := range buildClasses {
		class := add(name)
		class.SetConstructor(func(cls *python.Class, call *python.Call) (python.Value, error) {
			return (&unavailable{name: cls.Name}).Call(call)
		})
	}
	for name, base := range map[string]*python.Class{
		"SpackError": python.Exception, "InstallError": python.Exception, "SkipTest": python.Exception, "ProcessError": python.Exception,
		"NoLibrariesError": python.Exception, "NoHeadersError": python.Exception, "CompilerError": python.Exception,
		"UnsupportedCompilerFlag": python.Exception, "DirectiveError": python.Exception,
	} {
		add(name, base)
	}
	return nil
}

// versionsProperty is the attribute versions of a package's class: recipes that go with another go through that one's versions.
type versionsProperty struct{}

// Type implements python.Value.
func (versionsProperty) Type() string { return "property" }

// DescriptorGet implements python.Descriptor: versions with the arguments of their directives.
func (versionsProperty) DescriptorGet(_ *python.Call, _ python.Value, owner *python.Class) (python.Value, error) {
	versions := python.NewDict()
	data, _ := owner.Data.(*classData)
	if data == nil {
		return versions, nil
	}
	for _, d := range data.directives {
		if d.version == nil || d.never {
			continue
		}
		v, err := spec.ParseVersion(d.version.Version)
		if err != nil {
			return nil, python.ValueErrorf("%s: %v", d.place, err)
		}
		args := python.NewDict()
		for _, arg := range d.arguments {
			if err := args.Set(python.Str(arg.Name), arg.Value); err != nil {
				return nil, err
			}
		}
		if err := versions.Set(&versionValue{v}, args); err != nil {
			return nil, err
		}
	}
	return versions, nil
}

// coreModule is the module of what no repository defines.
const coreModule = "spack.package"

// baseMethods are methods of PackageBase that class bodies mention without calling them.
var baseMethods = []string{
	"build_system_flags", "do_stage", "env_flags", "fetcher", "flag_handler", "inject_flags", "install_test_root", "run_tests",
	"setup_build_environment", "setup_dependent_build_environment", "setup_dependent_package", "setup_dependent_run_environment",
	"setup_run_environment", "url_for_version",
}

// buildClasses are classes that builds make objects of.
var buildClasses = []string{
	"ClassProperty", "CompilerPropertyDetector", "EnvironmentModifications", "Executable", "FileFilter", "FileList", "HKEY", "HeaderList",
	"LibraryList", "LinkTree", "MachO", "MakeExecutable", "ModuleChangePropagator", "Prefix", "WindowsRegistryView",
}

// buildFunctions are those that builds call. A recipe can import and mention them; a call while it is read is an error.
var buildFunctions = []string{
	"all_deptypes", "ancestor", "apply_macos_rpath_fixups", "bash_completion_path", "build_system_flags", "cache_extra_test_sources", "can_access", "cd",
	"change_sed_delimiter", "check_outputs", "compare_output", "compare_output_file", "compile_c_and_execute", "compiler_spec", "configure", "copy",
	"copy_tree", "create_builder", "delete_needed_from_elf", "delete_rpath", "determine_number_of_jobs", "disable_compiler_instrumentation", "dso_suffix",
	"env_flags", "environment_modifications_for_specs", "execute_build_time_tests", "execute_install_time_tests", "filter_file", "filter_shebang",
	"filter_system_paths", "find", "find_all_headers", "find_all_libraries", "find_compilers", "find_first", "find_headers", "find_libraries",
	"find_required_file", "find_system_libraries", "fish_completion_path", "fix_darwin_install_name", "flatten_dependencies", "force_remove",
	"force_symlink", "get_cmake_prefix_path", "get_effective_jobs", "get_elf_compat", "get_escaped_text_output", "get_path_args_from_module_line",
	"get_user", "has_shebang", "hash_directory", "inject_flags", "install", "install_dependency_symlinks", "install_test_root", "install_tree", "is_exe",
	"keep_modification_time", "libc_from_dynamic_linker", "library_extensions", "make", "make_package_test_rpath", "makedirs",
	"microarchitecture_flags", "microarchitecture_flags_from_target", "mkdir", "mkdirp", "module_command", "move", "ninja", "optimization_flags",
	"parse_dynamic_linker", "parse_elf", "path_contains_subdirectory", "pwd", "readlink", "remove", "remove_directory_contents", "remove_linked_tree",
	"removedirs", "rename", "rmtree", "safe_remove", "sbang_install_path", "sbang_shebang_line", "set_env", "set_executable", "set_install_permissions",
	"shared_library_suffix", "spack_script", "stat_suffix", "static_library_suffix", "static_to_shared_library", "substitute_version_in_url", "symlink",
	"test_part", "touch", "touchp", "traverse_tree", "windows_sfn", "working_dir", "zsh_completion_path",
}
