//! `hexapla new`.

use super::context::Context;
use super::{Outcome, Status};
use crate::diagnostic::similar_names;
use crate::failure::Failure;
use crate::output::{Output, Over, Refusal, write_all};
use crate::zoo;
use clap::Args;
use std::path::{Path, PathBuf};

/// Write a commented spec to start from
///
/// NAME is the name of the model or of the file: `MyNet`, `my_net`, `specs/my_net.arch`. A file that is there is left alone.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hexapla new mynet                       mynet.arch, with a model `Mynet` to change
  hexapla new specs/MyNet.arch
  hexapla new mynet --from resnet101      begin with the spec of a paper; `hexapla zoo` lists them")]
pub struct Arguments {
    /// The name
    #[arg(value_name = "NAME")]
    name: PathBuf,
    /// Begin with a network of the zoo
    #[arg(long, value_name = "NETWORK")]
    from: Option<String>,
}

/// Runs it.
pub fn run(arguments: &Arguments, context: &Context) -> Outcome {
    let path = match arguments.name.extension() {
        Some(extension) if extension == "arch" => arguments.name.clone(),
        _ => {
            let mut name = arguments.name.clone().into_os_string();
            name.push(".arch");
            PathBuf::from(name)
        }
    };
    let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let model = model_name(&stem);
    if model.is_empty() {
        return Err(Failure::new(format!("`{}` has no letter to make a model's name of", arguments.name.display()))
            .help("try `hexapla new mynet`"));
    }
    let text = match &arguments.from {
        None => TEXT.replace("MyNet", &model).replace("mynet.arch", &file_name(&path)),
        Some(from) => zoo::text(from).ok_or_else(|| nothing_of_the_name(from))?.0.to_owned(),
    };
    // Created, not replaced: what lies there is somebody's work.
    write_all(vec![Output::at(&path, text, Over::Nothing)]).map_err(Refusal::failure)?;
    let path = path.display();
    let set = arguments.from.as_deref().and_then(zoo::text).map(|(_, set)| set).unwrap_or_default();
    let set: String = set.iter().map(|(name, value)| format!(" --set {name}={value}")).collect();
    context.say(&format!("wrote {path}\n"));
    context.say(&format!("next: hexapla check {path}{set}\n      hexapla emit {path} --to all --out generated{set}\n"));
    Ok(Status::Fine)
}

fn file_name(path: &Path) -> String {
    path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}

/// That the zoo has no network of this name, and which ones come near.
pub fn nothing_of_the_name(name: &str) -> Failure {
    let wanted = name.trim_end_matches(".arch");
    let names: Vec<String> = zoo::names().into_iter().map(|(name, ..)| name).collect();
    let names = || names.iter().map(String::as_str);
    let failure = Failure::new(format!("there is no network `{name}` in the zoo"));
    let begins = names().find(|name| !wanted.is_empty() && name.starts_with(wanted));
    match begins.or_else(|| similar_names(wanted, names()).into_iter().next()) {
        Some(near) => failure.help(format!("did you mean `{near}`?")),
        None => failure.help("`hexapla zoo` lists them"),
    }
}

/// `my_net-2` as the name of a model: `MyNet2`.
fn model_name(stem: &str) -> String {
    let words = stem.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let name: String = words
        .map(|word| {
            let (first, rest) = word.split_at(1);
            first.to_ascii_uppercase() + rest
        })
        .collect();
    name.trim_start_matches(|c: char| c.is_ascii_digit()).to_owned()
}

/// The spec to start from.
const TEXT: &str = include_str!("new/mynet.arch");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::analyse::check;
    use crate::project::Spec;

    #[test]
    fn names_become_models() {
        let names = ["mynet", "MyNet", "my_net-2", "3d unet", "2.5", "été"].map(model_name);
        assert_eq!(names, ["Mynet", "MyNet", "MyNet2", "dUnet", "", "T"]);
    }

    #[test]
    fn the_spec_to_start_from_holds() {
        let spec = Spec::from_text(Path::new("mynet.arch"), TEXT.into());
        let program = spec.program.unwrap_or_else(|| panic!("{:?}", spec.findings));
        let (summary, findings) = check(&program, &Default::default());
        assert!(summary.is_some() && findings.is_empty() && spec.findings.is_empty(), "{findings:?}");
    }

    #[test]
    fn a_name_that_the_zoo_does_not_have_gets_a_neighbour() {
        let help = |name: &str| match nothing_of_the_name(name) {
            Failure::Undone { help, .. } => help.join(" "),
            Failure::Closed => String::new(),
        };
        assert_eq!(help("mobile"), "did you mean `mobilenet`?");
        assert_eq!(help("resnet5"), "did you mean `resnet50`?");
        assert_eq!(help("quux"), "`hexapla zoo` lists them");
    }
}
