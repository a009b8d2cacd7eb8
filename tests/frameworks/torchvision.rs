//! Against code that is not ours: the generated ResNet-18, with torchvision's weights, gives torchvision's output.

use crate::{Faults, support};
use hexapla::emit::{Options, emit, prepare};
use hexapla::ir::infer::Configuration;
use hexapla::verify::environment::Requirements;
use hexapla::verify::environment::{Environment, Uv, cache_folder};
use std::path::Path;
use std::process::Command;

/// Runs `tests/torchvision/compare.py` on the generated file, in the column's environment with torchvision added.
pub fn run(_: &[String]) -> Faults {
    match compare() {
        Ok(()) => Faults::new(),
        Err(fault) => vec![fault],
    }
}

fn compare() -> Result<(), String> {
    let columns = support::columns();
    let framework = columns.get("pytorch").ok_or("there is no column `pytorch`")?;
    let spec = support::open(Path::new("zoo/resnet18.arch"));
    let configuration = Configuration::default();
    let prepared =
        prepare(support::program(&spec), &configuration).map_err(|found| support::findings(&found, &spec.sources))?;
    let code = emit(&prepared, framework, &spec.sources, &Options::default())
        .map_err(|found| support::findings(&found, &spec.sources))?;
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let file = folder.path().join("resnet18.py");
    std::fs::write(&file, code.text()).map_err(|error| error.to_string())?;

    let added = std::fs::read_to_string("tests/torchvision/requirements.txt").map_err(|error| error.to_string())?;
    let download = &framework.settings.download;
    let environment = Environment::new(
        &cache_folder().map_err(|error| error.to_string())?,
        Requirements {
            column: "torchvision".to_owned(),
            python: download.python.clone(),
            packages: format!("{}\n{added}", framework.file("requirements.txt").unwrap_or_default()),
            arguments: download.arguments.clone(),
            download: download.size.clone(),
        },
    );
    if !environment.is_ready() {
        let uv = Uv::find().map_err(|error| error.to_string())?;
        environment.ensure(&uv, &|words| eprintln!("torchvision  {words}")).map_err(|error| error.to_string())?;
    }
    let output = Command::new(environment.python())
        .arg("tests/torchvision/compare.py")
        .arg(&file)
        .env("PYTHONNOUSERSITE", "1")
        .env_remove("PYTHONPATH")
        .output()
        .map_err(|error| error.to_string())?;
    let said = String::from_utf8_lossy(&output.stdout);
    said.lines().for_each(|line| println!("torchvision: {line}"));
    if output.status.success() { Ok(()) } else { Err(format!("{}{}", said, String::from_utf8_lossy(&output.stderr))) }
}
