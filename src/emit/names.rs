//! What a column calls the names of a program.
//!
//! A name stays what it is wherever it can. Where Python or the column has taken it, an underscore is put behind it, and one more as long
//! as that is a name of the spec as well: no two names of a spec ever become one. A definition makes room for the names of those that
//! use it, since there both are in scope.
//!
//! Architecture Invariant: every name of generated code that comes from a spec comes from here.

use super::framework::{Form, Framework};
use super::python;
use crate::ir::{Definition, Node, NodeKind, Program, Stage, StageKind};
use crate::syntax::ast::{DefinitionKind, ExprKind};
use indexmap::{IndexMap, IndexSet};
use std::collections::{HashMap, HashSet};

/// The names of one program in one column.
#[derive(Debug)]
pub struct Names {
    /// Tensors, hyperparameters, sizes, loops and shared instances: what they are called.
    variables: HashMap<String, String>,
    /// The classes or functions, by the keys of the program.
    definitions: HashMap<String, String>,
    /// What the variables of each definition are called.
    within: HashMap<String, HashSet<String>>,
    /// The names of the tensors of each definition.
    tensors: HashMap<String, IndexSet<String>>,
    /// The attributes that a layer must not hide.
    attributes: HashSet<String>,
    /// The names that are neither Python's nor the column's to give.
    taken: HashSet<String>,
}

/// The names of a definition, in the order in which they stand there.
#[derive(Default)]
struct Own {
    /// Hyperparameters, sizes and counters.
    scalars: IndexSet<String>,
    /// Tensors and shared instances.
    tensors: IndexSet<String>,
    /// The definitions that it uses.
    callees: IndexSet<String>,
}

impl Names {
    /// Chooses the names.
    #[must_use]
    pub fn of(program: &Program, framework: &Framework) -> Self {
        let settings = &framework.settings;
        let mut taken: HashSet<String> = settings.reserved.iter().cloned().collect();
        taken.extend(settings.imports.keys().cloned());
        taken.extend(framework.helper_names.iter().cloned());
        let mut names = Self {
            variables: HashMap::new(),
            definitions: HashMap::new(),
            within: HashMap::new(),
            tensors: HashMap::new(),
            attributes: settings.reserved_attributes.iter().cloned().collect(),
            taken,
        };
        let own: IndexMap<&str, Own> =
            program.definitions.iter().map(|(key, definition)| (key.as_str(), Own::of(definition))).collect();
        let all: IndexSet<&String> = own.values().flat_map(|own| own.scalars.iter().chain(&own.tensors)).collect();
        let mut given: HashSet<String> = all.iter().map(|name| (*name).clone()).collect();
        for name in all {
            let mut variable = name.clone();
            if names.is_taken(&variable) {
                while names.is_taken(&variable) || given.contains(&variable) {
                    variable.push('_');
                }
                given.insert(variable.clone());
            }
            names.variables.insert(name.clone(), variable);
        }
        for (key, own) in &own {
            let here = own.scalars.iter().chain(&own.tensors).map(|name| names.variable(name)).collect();
            names.within.insert((*key).to_owned(), here);
        }
        names.define(program, settings.form, &own);
        names.tensors = own.into_iter().map(|(key, own)| (key.to_owned(), own.tensors)).collect();
        names
    }

    /// Names the definitions: the model first, then blocks that are called so in the spec, then those that nobody else wants to be
    /// called like, then the others, which get numbers.
    fn define(&mut self, program: &Program, form: Form, own: &IndexMap<&str, Own>) {
        let wish = |definition: &Definition| match (form, definition.kind) {
            (Form::Class, DefinitionKind::Block) => python::class_name(&definition.name),
            _ => definition.name.clone(),
        };
        let mut wishes: HashMap<String, usize> = HashMap::new();
        for definition in program.definitions.values() {
            *wishes.entry(wish(definition)).or_default() += 1;
        }
        let mut order: Vec<(&String, &Definition)> = program.definitions.iter().collect();
        order.sort_by_key(|(key, definition)| {
            let name = wish(definition);
            let (block, header) = (definition.kind == DefinitionKind::Block, definition.header);
            (block, name != **key, wishes[&name] > 1, header.file, header.start)
        });
        let mut given: HashSet<String> = HashSet::new();
        for (key, definition) in order {
            let mut around: HashSet<String> = HashSet::new();
            for caller in own.values().filter(|caller| caller.callees.contains(key)) {
                // Where things are made there are no tensors.
                let tensors = caller.tensors.iter().filter(|_| form == Form::Function);
                around.extend(caller.scalars.iter().chain(tensors).map(|name| self.variable(name)));
            }
            let wanted = wish(definition);
            let mut name = wanted.clone();
            let mut number = 1;
            while self.is_taken(&name) || given.contains(&name) || around.contains(&name) {
                if given.contains(&name) {
                    number += 1;
                    let apart = if wanted.ends_with(|last: char| last.is_ascii_digit()) { "_" } else { "" };
                    name = format!("{wanted}{apart}{number}");
                } else {
                    name.push('_');
                }
            }
            given.insert(name.clone());
            self.definitions.insert(key.clone(), name);
        }
    }

    fn is_taken(&self, name: &str) -> bool {
        python::is_reserved(name) || self.taken.contains(name)
    }

    /// What a tensor, a hyperparameter, a size, a loop or a shared instance is called.
    #[must_use]
    pub fn variable(&self, name: &str) -> String {
        match self.variables.get(name) {
            Some(variable) => variable.clone(),
            None if self.is_taken(name) => format!("{name}_"),
            None => name.to_owned(),
        }
    }

    /// What counts the rounds of a loop: the loop's own name, unless a tensor has it too.
    #[must_use]
    pub fn counter(&self, definition: &str, name: &str) -> String {
        if self.tensors.get(definition).is_some_and(|tensors| tensors.contains(name)) {
            self.fresh(definition, &format!("{name}_round"), &|_| false)
        } else {
            self.variable(name)
        }
    }

    /// The class or function of a definition, by its key in the program.
    #[must_use]
    pub fn definition(&self, key: &str) -> String {
        self.definitions.get(key).cloned().unwrap_or_else(|| self.variable(key))
    }

    /// What a variable is called as an attribute of a class.
    #[must_use]
    pub fn attribute(&self, variable: &str) -> String {
        let mut attribute = variable.to_owned();
        while self.attributes.contains(&attribute)
            || (attribute != variable && self.variables.values().any(|other| *other == attribute))
        {
            attribute.push('_');
        }
        attribute
    }

    /// A name that is not the spec's, for something that a definition's code needs.
    #[must_use]
    pub fn fresh(&self, definition: &str, wanted: &str, also_taken: &dyn Fn(&str) -> bool) -> String {
        let within = self.within.get(definition);
        let mut name = wanted.to_owned();
        while self.is_taken(&name)
            || within.is_some_and(|within| within.contains(&name))
            || self.definitions.values().any(|other| *other == name)
            || also_taken(&name)
        {
            name.push('_');
        }
        name
    }
}

impl Own {
    fn of(definition: &Definition) -> Self {
        let mut own = Self::default();
        own.scalars.extend(definition.parameters.iter().map(|parameter| parameter.name.clone()));
        for input in &definition.inputs {
            own.tensors.insert(input.name.clone());
            for dim in input.shape.iter().flat_map(|shape| &shape.dims) {
                if let ExprKind::Name(name) = &dim.value.kind {
                    own.scalars.insert(name.clone());
                }
            }
        }
        own.body(&definition.body);
        own
    }

    fn body(&mut self, body: &[Node]) {
        for node in body {
            match &node.kind {
                NodeKind::Let { name, .. } => {
                    self.scalars.insert(name.clone());
                }
                NodeKind::Flow(flow) => {
                    self.tensors.extend(flow.targets.iter().filter_map(|target| target.name.clone()));
                    flow.stages.iter().for_each(|stage| self.stage(stage));
                }
                NodeKind::Shared { name, stages } => {
                    self.tensors.insert(name.clone());
                    stages.iter().for_each(|stage| self.stage(stage));
                }
                NodeKind::Repeat { label, index, body, .. } => {
                    self.scalars.extend([label.clone()].into_iter().chain(index.clone()));
                    self.body(body);
                }
                NodeKind::If { arms, .. } => arms.iter().for_each(|arm| self.body(&arm.body)),
                NodeKind::Require { .. } | NodeKind::Claim { .. } => {}
            }
        }
    }

    fn stage(&mut self, stage: &Stage) {
        match &stage.kind {
            StageKind::Block { name, .. } => {
                self.callees.insert(name.clone());
            }
            StageKind::Choice { then, otherwise, .. } => {
                self.stage(then);
                self.stage(otherwise);
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emit::framework::Columns;
    use crate::ir::lower::lower;
    use crate::span::Sources;

    fn program(text: &str) -> Program {
        let mut sources = Sources::default();
        let main = sources.add("a.arch", text);
        let (program, findings) = lower(main, &mut sources, &mut |_, _| Err("nothing is imported".into()));
        program.unwrap_or_else(|| panic!("{findings:?}"))
    }

    fn columns() -> Columns {
        Columns::new(crate::embedded::templates()).expect("the built-in columns can be read")
    }

    const COINCIDING: &str = "model ConvUnit(lambda = 0.1, lambda_ = 0.2): x[3, 8, 8] -> y {
            a         = x -> conv_unit -> leaky_relu(lambda)
            b         = a -> conv_unit2 -> leaky_relu(lambda_)
            conv_unit = b -> ConvUnit2
            y         = conv_unit -> value_error
        }
        block conv_unit: x -> y { y = x -> relu
        }
        block conv_unit2: x -> y { y = x -> tanh
        }
        block ConvUnit2: x -> y { y = x -> sigmoid
        }
        block value_error: x -> y { y = x -> relu
        }";

    #[test]
    fn no_two_names_become_one() {
        let program = program(COINCIDING);
        for column in &columns().frameworks {
            let names = Names::of(&program, column);
            let variables: HashSet<&String> = names.variables.values().collect();
            assert_eq!(variables.len(), names.variables.len(), "{}: {:?}", column.id, names.variables);
            let definitions: HashSet<&String> = names.definitions.values().collect();
            assert_eq!(definitions.len(), 5, "{}: {:?}", column.id, names.definitions);
            assert!(names.definitions.values().chain(names.variables.values()).all(|name| !names.is_taken(name)));
            assert_eq!(names.definition("ConvUnit"), "ConvUnit", "the model keeps its name");
            assert_eq!((names.variable("lambda_"), names.variable("lambda")), ("lambda_".into(), "lambda__".into()));
            let blocks = ["ConvUnit2", "conv_unit", "conv_unit2", "value_error"].map(|key| names.definition(key));
            let expected = match column.settings.form {
                Form::Class => ["ConvUnit2", "ConvUnit3", "ConvUnit2_2", "ValueError_"],
                // A tensor has that name where the block is used.
                Form::Function => ["ConvUnit2", "conv_unit_", "conv_unit2", "value_error"],
            };
            assert_eq!(blocks, expected, "{}", column.id);
        }
    }

    #[test]
    fn what_the_code_needs_gets_out_of_the_way() {
        let program = program(
            "model M: x[3, 8, 8] -> y {
                y = x -> unit(4)
            }
            block unit(in_channels): x -> y {
                repeat 2 as x { x = x -> conv(in_channels, 1x1)
                }
                y = x -> relu
            }",
        );
        let columns = columns();
        let names = Names::of(&program, &columns.frameworks[0]);
        assert_eq!(names.fresh("unit", "in_channels", &|_| false), "in_channels_");
        assert_eq!(names.fresh("unit", "b_channels", &|name| name == "b_channels"), "b_channels_");
        assert_eq!(names.fresh("M", "in_channels", &|_| false), "in_channels");
        assert_eq!(names.counter("unit", "x"), "x_round");
        assert_eq!(names.counter("unit", "i"), "i");
    }
}
