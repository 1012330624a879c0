//! Obtains AWS's model: the pinned botocore from PyPI, its models unpacked into the cache folder.

use super::services::SERVICES;
use crate::environment::{cache, note, run};
use anyhow::Result;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The version whose models define the API.
const VERSION: &str = "1.44.5";

/// Unpacks the wanted models of a wheel; the standard library of Python knows zip and gzip, and this program does not.
const UNPACK: &str = "
import glob, gzip, pathlib, sys, zipfile
folder = pathlib.Path(sys.argv[1])
wheel = zipfile.ZipFile(glob.glob(str(folder / 'botocore-*.whl'))[0])
for model in sys.argv[2:]:
    packed = wheel.read(f'botocore/data/{model}/service-2.json.gz')
    target = folder / 'data' / model / 'service-2.json'
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(gzip.decompress(packed))
";

/// botocore's `data` folder at the pinned version, fetched from PyPI when it is not in the cache.
///
/// # Errors
/// When PyPI cannot be reached or python3 is missing.
pub fn model_folder() -> Result<PathBuf> {
    let folder = cache()?.join(format!("botocore-{VERSION}"));
    let data = folder.join("data");
    if SERVICES.iter().all(|service| data.join(service.model).join("service-2.json").exists()) {
        return Ok(data);
    }
    if !folder.join(format!("botocore-{VERSION}-py3-none-any.whl")).exists() {
        note("fetching botocore from PyPI (needed once, to generate the API)");
        download(&folder)?;
    }
    let models = SERVICES.iter().map(|service| service.model);
    run(Command::new("python3").args(["-c", UNPACK]).arg(&folder).args(models))?;
    Ok(data)
}

fn download(folder: &Path) -> Result<()> {
    let pinned = format!("botocore=={VERSION}");
    let pip = ["-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps", &pinned, "--dest"];
    run(Command::new("python3").args(pip).arg(folder))
}
