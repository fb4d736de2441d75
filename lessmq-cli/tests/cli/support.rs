//! Packages for the tests, and the output of the binary.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs};

/// A directory with a package or a workspace in it, with the versions of this workspace.
pub(crate) struct Project {
    pub(crate) root: PathBuf,
    /// Additional variables for the binary.
    pub(crate) environment: Vec<(&'static str, String)>,
}

/// The first line of every library.
pub(crate) const PRELUDE: &str = "//! A service.\n";

impl Project {
    /// An empty directory.
    pub(crate) fn empty(name: &str) -> Self {
        let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cli").join(name);
        let _ = fs::remove_dir_all(&root);
        fs::create_dir_all(&root).unwrap();
        Self { root: root.canonicalize().unwrap(), environment: Vec::new() }
    }

    /// A package with this name in version 1.2.0, at the top of its own workspace, with `src/lib.rs`.
    pub(crate) fn package(name: &str, library: &str) -> Self {
        let project = Self::empty(name);
        project.write("Cargo.toml", &format!("[workspace]\n{}{}", manifest(name), PROFILE));
        project.write("src/lib.rs", &format!("{PRELUDE}{library}"));
        project.lock();
        project
    }

    /// A workspace with a package in each of the directories, each with one file.
    pub(crate) fn workspace(name: &str, packages: &[(&str, &str, &str)]) -> Self {
        let project = Self::empty(name);
        project
            .write("Cargo.toml", &format!("[workspace]\nresolver = \"3\"\nmembers = [\"*/*\"]\n{PROFILE}"));
        for (directory, file, source) in packages {
            let package = directory.split('/').next_back().unwrap();
            project.write(&format!("{directory}/Cargo.toml"), &manifest(package));
            project.write(&format!("{directory}/{file}"), &format!("{PRELUDE}{source}"));
        }
        project.lock();
        project
    }

    fn lock(&self) {
        let lock = Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.lock");
        fs::copy(lock, self.root.join("Cargo.lock")).unwrap();
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.root.join(path)).unwrap()
    }

    pub(crate) fn replace(&self, path: &str, from: &str, to: &str) {
        let text = self.read(path);
        assert!(text.contains(from), "{path} has {from}");
        self.write(path, &text.replace(from, to));
    }

    /// Makes the directory a git repository with the branch `main`, and commits all files.
    pub(crate) fn repository(&self) {
        self.write(".gitignore", "target\n");
        self.git(&["init", "--quiet", "--initial-branch=main"]);
        self.commit("Begin");
    }

    /// Commits all files.
    pub(crate) fn commit(&self, message: &str) {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--allow-empty", "--message", message]);
    }

    /// Runs git in the directory, without the settings of the machine.
    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        let mut command = Command::new("git");
        command.args(["-c", "user.name=Tester", "-c", "user.email=tester@example.org"]).args(arguments);
        self.without_outer_git(&mut command);
        let output = command.current_dir(&self.root).output().unwrap();
        assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// Hides the repository around the directory and the settings of the machine from git.
    fn without_outer_git(&self, command: &mut Command) {
        command.env("GIT_CEILING_DIRECTORIES", self.root.parent().unwrap());
        command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
        command
            .env("GIT_AUTHOR_DATE", "2026-01-01T00:00:00Z")
            .env("GIT_COMMITTER_DATE", "2026-01-01T00:00:00Z");
        for variable in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"] {
            command.env_remove(variable);
        }
    }

    /// Runs the binary in this directory.
    pub(crate) fn cli<'a>(&self, arguments: impl AsRef<[&'a str]>) -> Output {
        self.cli_in("", arguments)
    }

    /// Runs the binary in a subdirectory.
    pub(crate) fn cli_in<'a>(&self, directory: &str, arguments: impl AsRef<[&'a str]>) -> Output {
        let arguments = arguments.as_ref();
        let output = self.command(directory, arguments).output().unwrap();
        let text = |bytes: &[u8]| {
            String::from_utf8_lossy(bytes)
                .replace(&*self.root.to_string_lossy(), "[DIR]")
                .replace('\t', "    ")
        };
        Output {
            arguments: arguments.join(" ").replace(&*self.root.to_string_lossy(), "[DIR]"),
            exit: output.status.code().unwrap(),
            stdout: text(&output.stdout),
            stderr: text(&output.stderr),
        }
    }

    /// The binary as a command in a subdirectory.
    pub(crate) fn command(&self, directory: &str, arguments: &[&str]) -> Command {
        self.program(env!("CARGO_BIN_EXE_lessmq-cli"), directory, arguments)
    }

    /// Cargo as a command in this directory.
    pub(crate) fn cargo(&self, arguments: &[&str]) -> Command {
        self.program("cargo", "", arguments)
    }

    /// Another program as a command in a subdirectory.
    pub(crate) fn program(&self, program: &str, directory: &str, arguments: &[&str]) -> Command {
        // Dependencies that are compiled for this workspace are reused.
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
        let mut command = Command::new(program);
        command
            .args(arguments)
            .current_dir(self.root.join(directory))
            .env("CARGO_TARGET_DIR", target)
            .env("CARGO_NET_OFFLINE", "true")
            .env("CARGO_TERM_COLOR", "never")
            .stdin(Stdio::null());
        self.without_outer_git(&mut command);
        for variable in ["LESSMQ_URL", "LESSMQ_NAMESPACE", "CLICOLOR_FORCE", "RUST_BACKTRACE"] {
            command.env_remove(variable);
        }
        command.envs(self.environment.iter().map(|(name, value)| (*name, value)));
        command
    }
}

impl Drop for Project {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let _ = fs::remove_dir_all(&self.root);
        }
    }
}

const PROFILE: &str = "
[profile.dev]
debug = \"line-tables-only\"
[profile.dev.package.\"*\"]
debug = false
";

fn manifest(name: &str) -> String {
    let lessmq = Path::new(env!("CARGO_MANIFEST_DIR")).join("../lessmq").canonicalize().unwrap();
    format!(
        r#"
[package]
name = "{name}"
version = "1.2.0"
edition = "2024"

[features]
admin = []

[dependencies]
lessmq = {{ path = {lessmq:?}, default-features = false, features = ["macros"] }}
schemars = "1"
serde = {{ version = "1", features = ["derive"] }}
"#
    )
}

/// The result of the binary.
#[derive(Debug)]
pub(crate) struct Output {
    arguments: String,
    pub(crate) exit: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Output {
    /// The same output, with `from` replaced by `to`.
    pub(crate) fn redact(mut self, from: &str, to: &str) -> Self {
        for text in [&mut self.arguments, &mut self.stdout, &mut self.stderr] {
            *text = text.replace(from, to);
        }
        self
    }

    /// Compares with `snapshots/{name}.txt`.
    pub(crate) fn check(&self, name: &str) -> &Self {
        let Self { arguments, exit, stdout, stderr } = self;
        let actual = format!(
            "$ lessmq-cli {arguments}\nexit code: {exit}\n---- stdout ----\n{stdout}---- stderr ----\n{stderr}"
        );
        check_text(name, &actual);
        self
    }
}

/// Compares a text with `snapshots/{name}.txt`.
pub(crate) fn check_text(name: &str, actual: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli/snapshots").join(format!("{name}.txt"));
    if env::var_os("LESSMQ_BLESS").is_some() {
        fs::write(&path, actual).unwrap();
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        actual == expected,
        "{name} differs from its snapshot; `LESSMQ_BLESS=1 cargo test` accepts it\n\nexpected:\n{expected}\n\nactual:\n{actual}"
    );
}
