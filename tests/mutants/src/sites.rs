//! Finds in a file what each change is about, and says what has to be put around it so that the change can be switched on.
//! Where the code before and after would read differently to the compiler (a constant, a chain of `let`s), there is no site.

use std::collections::BTreeMap;
use std::ops::Range;

use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{
    Arm, BinOp, Block, Expr, ExprBinary, ExprMatch, ExprStruct, ExprUnary, FieldValue, File,
    ImplItemFn, ItemConst, ItemFn, ItemStatic, Member, ReturnType, Signature, TraitItemFn,
};

use crate::list::{Genre, Lines, Mutant};
use crate::weave::{Around, Insertion};

/// What is to be put into a file, and the changes that no site was found for.
#[derive(Debug, Default)]
pub struct Sites {
    /// For the weaver.
    pub insertions: Vec<Insertion>,
    /// Changes that have to be made by hand.
    pub without: Vec<usize>,
}

/// Finds the sites of `mutants`, numbers and changes of the file `text`.
///
/// # Errors
/// If the text is not Rust.
pub fn sites(text: &str, mutants: &[(usize, &Mutant)]) -> syn::Result<Sites> {
    let file: File = syn::parse_file(text)?;
    let lines = Lines::of(text);
    let mut wanted = BTreeMap::new();
    for (number, mutant) in mutants {
        let key = (mutant.genre as u8, lines.bytes(mutant.span));
        let of_site: &mut Vec<_> = wanted.entry(key).or_default();
        of_site.push((*number, mutant.replacement.as_str()));
    }
    let mut finder = Finder {
        text,
        wanted,
        insertions: Vec::new(),
        is_constant: false,
    };
    finder.visit_file(&file);
    let without = finder.wanted.into_values().flatten();
    Ok(Sites {
        insertions: finder.insertions,
        without: without.map(|(number, _)| number).collect(),
    })
}

// Of what is put around one and the same piece of code, the outermost has the smallest depth.
const BODY: i64 = 0;
const ARM: i64 = 1;
const GUARD: i64 = 2;
const FIELD: i64 = 3;
const OPERATOR: i64 = 4;

/// The changes of one site: their numbers, and what they put there.
type Changes<'a> = Vec<(usize, &'a str)>;

struct Finder<'a> {
    text: &'a str,
    wanted: BTreeMap<(u8, (usize, usize)), Changes<'a>>,
    insertions: Vec<Insertion>,
    /// Whether what is visited is evaluated by the compiler, which asks no switch.
    is_constant: bool,
}

fn range(of: &impl Spanned) -> Range<usize> {
    of.span().byte_range()
}

fn switch(number: usize) -> String {
    format!("crate::mutant_switch::is({number})")
}

impl<'a> Finder<'a> {
    /// The changes of what is at `at`, if a switch can be asked there.
    fn take(&mut self, genre: Genre, at: &Range<usize>) -> Option<Changes<'a>> {
        if self.is_constant {
            return None;
        }
        self.wanted.remove(&(genre as u8, (at.start, at.end)))
    }

    fn source(&self, of: &impl Spanned) -> &'a str {
        &self.text[range(of)]
    }

    /// A piece of code that is another one for each of `changes`.
    fn instead(&mut self, piece: Range<usize>, depth: i64, changes: Vec<(usize, String)>) {
        let mut around = Around::new(piece, depth).before("(", None);
        for (number, text) in changes {
            around = around
                .before(format!("if {} {{", switch(number)), None)
                .before(text, Some(number))
                .before("} else ", None);
        }
        self.insertions
            .extend(around.before("{ (", None).after(") })"));
    }

    fn constantly(&mut self, is_constant: bool, visit: impl FnOnce(&mut Self)) {
        let before = self.is_constant;
        self.is_constant = before || is_constant;
        visit(self);
        self.is_constant = before;
    }

    fn function(&mut self, signature: &Signature, block: &Block) {
        if signature.constness.is_some() || returns_impl(signature) {
            return;
        }
        let (Some(first), Some(last)) = (block.stmts.first(), block.stmts.last()) else {
            return;
        };
        let body = range(first).start..range(last).end;
        let Some(changes) = self.take(Genre::FnValue, &body) else {
            return;
        };
        let mut around = Around::new(body, BODY);
        for (number, text) in changes {
            around = around
                .before(format!("if {} {{ return ", switch(number)), None)
                .before(text, Some(number))
                .before("; } ", None);
        }
        self.insertions.extend(around.after(""));
    }

    fn binary(&mut self, node: &ExprBinary) {
        if holds_let(&node.left) || holds_let(&node.right) {
            return;
        }
        let Some(changes) = self.take(Genre::BinaryOperator, &range(&node.op)) else {
            return;
        };
        let (left, right) = (self.source(&node.left), self.source(&node.right));
        let changes = changes
            .into_iter()
            .map(|(number, operator)| (number, format!("({left} {operator} {right})")));
        self.instead(range(node), OPERATOR, changes.collect());
    }

    fn unary(&mut self, node: &ExprUnary) {
        let Some(changes) = self.take(Genre::UnaryOperator, &range(&node.op)) else {
            return;
        };
        let operand = self.source(&*node.expr);
        let changes = changes
            .into_iter()
            .map(|(number, _)| (number, format!("({operand})")));
        self.instead(range(node), OPERATOR, changes.collect());
    }

    /// Whether the arm can be switched off.
    fn arm(&mut self, arm: &Arm) -> bool {
        let gone = self.take(Genre::MatchArm, &range(arm)).unwrap_or_default();
        let present: Vec<_> = gone
            .iter()
            .map(|(number, _)| format!("!{}", switch(*number)))
            .collect();
        let present = present.join(" && ");
        match &arm.guard {
            None if present.is_empty() => {}
            None => self.insertions.push(Insertion {
                at: range(&arm.pat).end,
                rank: 0,
                text: format!(" if {present}"),
                mutant: None,
            }),
            Some((_, guard)) if holds_let(guard) => {}
            Some((_, guard)) => {
                let piece = range(&**guard);
                if !present.is_empty() {
                    let around = Around::new(piece.clone(), ARM);
                    let around = around.before(format!("{present} && ("), None);
                    self.insertions.extend(around.after(")"));
                }
                let changes = self.take(Genre::MatchArmGuard, &piece);
                let mut changes = changes.unwrap_or_default();
                // `on || !off && (...)`: in the other order, `||` would not be the last to be asked.
                changes.sort_by_key(|(_, always)| *always != "true");
                let mut around = Around::new(piece, GUARD);
                for (number, always) in changes {
                    let on = switch(number);
                    let text = match always {
                        "true" => format!("{on} || "),
                        _ => format!("!{on} && "),
                    };
                    around = around.before(text, None);
                }
                self.insertions.extend(around.before("(", None).after(")"));
            }
        }
        !gone.is_empty()
    }

    fn field(&mut self, field: &FieldValue, base: &Expr) {
        // The comma goes with its field, if there is one.
        let field_alone = range(field);
        let behind = &self.text[field_alone.end..];
        let rest = behind.trim_start();
        let comma = usize::from(rest.starts_with(','));
        let with_comma = field_alone.start..field_alone.end + behind.len() - rest.len() + comma;
        let changes = self.take(Genre::StructField, &with_comma);
        let Some(changes) = changes.or_else(|| self.take(Genre::StructField, &field_alone)) else {
            return;
        };
        let Member::Named(name) = &field.member else {
            return;
        };
        let base = self.source(base);
        let changes = changes
            .into_iter()
            .map(|(number, _)| (number, format!("({base}).{name}")));
        let changes = changes.collect();
        if field.colon_token.is_some() {
            self.instead(range(&field.expr), FIELD, changes);
        } else {
            let name = range(name);
            self.insertions.push(Insertion {
                at: name.start,
                rank: i64::MIN,
                text: format!("{}: ", &self.text[name.clone()]),
                mutant: None,
            });
            self.instead(name, FIELD, changes);
        }
    }
}

impl<'ast> Visit<'ast> for Finder<'_> {
    fn visit_item_fn(&mut self, node: &'ast ItemFn) {
        self.function(&node.sig, &node.block);
        let is_constant = node.sig.constness.is_some();
        self.constantly(is_constant, |finder| visit::visit_item_fn(finder, node));
    }

    fn visit_impl_item_fn(&mut self, node: &'ast ImplItemFn) {
        self.function(&node.sig, &node.block);
        let is_constant = node.sig.constness.is_some();
        self.constantly(is_constant, |finder| {
            visit::visit_impl_item_fn(finder, node);
        });
    }

    fn visit_trait_item_fn(&mut self, node: &'ast TraitItemFn) {
        if let Some(block) = &node.default {
            self.function(&node.sig, block);
        }
        visit::visit_trait_item_fn(self, node);
    }

    fn visit_item_const(&mut self, node: &'ast ItemConst) {
        self.constantly(true, |finder| visit::visit_item_const(finder, node));
    }

    fn visit_impl_item_const(&mut self, node: &'ast syn::ImplItemConst) {
        self.constantly(true, |finder| visit::visit_impl_item_const(finder, node));
    }

    fn visit_item_static(&mut self, node: &'ast ItemStatic) {
        self.constantly(true, |finder| visit::visit_item_static(finder, node));
    }

    fn visit_type_array(&mut self, node: &'ast syn::TypeArray) {
        self.constantly(true, |finder| visit::visit_type_array(finder, node));
    }

    fn visit_expr_repeat(&mut self, node: &'ast syn::ExprRepeat) {
        self.visit_expr(&node.expr);
        self.constantly(true, |finder| finder.visit_expr(&node.len));
    }

    fn visit_expr_binary(&mut self, node: &'ast ExprBinary) {
        self.binary(node);
        visit::visit_expr_binary(self, node);
    }

    fn visit_expr_unary(&mut self, node: &'ast ExprUnary) {
        self.unary(node);
        visit::visit_expr_unary(self, node);
    }

    fn visit_expr_match(&mut self, node: &'ast ExprMatch) {
        let mut may_lack_arms = false;
        for arm in &node.arms {
            may_lack_arms |= self.arm(arm);
        }
        // An arm with a guard covers nothing, by the compiler's count.
        if may_lack_arms && let Some(last) = node.arms.last() {
            let comma = if last.comma.is_some() { "" } else { "," };
            self.insertions.push(Insertion {
                at: range(last).end,
                rank: i64::MAX,
                text: format!("{comma} _ => panic!(\"this arm is left out\")"),
                mutant: None,
            });
        }
        visit::visit_expr_match(self, node);
    }

    fn visit_expr_struct(&mut self, node: &'ast ExprStruct) {
        if let Some(base) = &node.rest {
            for field in &node.fields {
                self.field(field, base);
            }
        }
        visit::visit_expr_struct(self, node);
    }
}

/// Whether an expression is a chain that holds a `let`, which nothing can be put around.
fn holds_let(expr: &Expr) -> bool {
    match expr {
        Expr::Let(_) => true,
        Expr::Binary(ExprBinary {
            left,
            op: BinOp::And(_),
            right,
            ..
        }) => holds_let(left) || holds_let(right),
        _ => false,
    }
}

/// Whether the function returns `impl Trait`: all that it returns has one type, so that a change may compile only alone.
fn returns_impl(signature: &Signature) -> bool {
    struct Impl(bool);
    impl Visit<'_> for Impl {
        fn visit_type_impl_trait(&mut self, _: &syn::TypeImplTrait) {
            self.0 = true;
        }
    }
    let mut found = Impl(false);
    if let ReturnType::Type(_, returned) = &signature.output {
        found.visit_type(returned);
    }
    found.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::list::{Place, Span};
    use crate::weave::Woven;

    /// `text` with one change of what reads `piece` in it.
    fn woven(text: &str, piece: &str, genre: Genre, replacement: &str) -> Option<String> {
        let start = text.find(piece).unwrap();
        let place = |byte: usize| Place {
            line: 1,
            column: text[..byte].chars().count() + 1,
        };
        let mutant = Mutant {
            file: String::new(),
            name: String::new(),
            genre,
            replacement: replacement.to_owned(),
            span: Span {
                start: place(start),
                end: place(start + piece.len()),
            },
        };
        let found = sites(text, &[(7, &mutant)]).unwrap();
        found
            .without
            .is_empty()
            .then(|| Woven::of(text, found.insertions).text)
            .map(|text| text.replace("crate::mutant_switch::is(7)", "ON"))
    }

    #[test]
    fn an_operator_is_another_one_when_it_is_switched_on() {
        let text = woven("fn f() { a + b }", "+", Genre::BinaryOperator, "-");
        let expected = "fn f() { (if ON {(a - b)} else { (a + b) }) }";
        assert_eq!(text.as_deref(), Some(expected));
    }

    #[test]
    fn a_function_returns_at_once_before_anything_else_happens() {
        let text = woven("fn f() -> u8 { a + b }", "a + b", Genre::FnValue, "1");
        let expected = "fn f() -> u8 { if ON { return 1; } a + b }";
        assert_eq!(text.as_deref(), Some(expected));
    }

    #[test]
    fn an_arm_is_passed_over_whether_or_not_it_has_a_guard() {
        let text = woven(
            "fn f() { match a { 1 => b, _ => c } }",
            "1 => b,",
            Genre::MatchArm,
            "",
        );
        let expected =
            "fn f() { match a { 1 if !ON => b, _ => c, _ => panic!(\"this arm is left out\") } }";
        assert_eq!(text.as_deref(), Some(expected));
        let text = woven(
            "fn f() { match a { 1 if d => b, _ => c } }",
            "d",
            Genre::MatchArmGuard,
            "true",
        );
        assert_eq!(
            text.as_deref(),
            Some("fn f() { match a { 1 if ON || (d) => b, _ => c } }")
        );
    }

    #[test]
    fn a_field_that_is_left_out_comes_from_the_base() {
        for piece in ["a,", "a"] {
            let text = woven("fn f() { S { a, ..b } }", piece, Genre::StructField, "");
            let expected = "fn f() { S { a: (if ON {(b).a} else { (a) }), ..b } }";
            assert_eq!(text.as_deref(), Some(expected));
        }
        let text = woven(
            "fn f() { S { a: c(), ..b } }",
            "a: c(),",
            Genre::StructField,
            "",
        );
        let expected = "fn f() { S { a: (if ON {(b).a} else { (c()) }), ..b } }";
        assert_eq!(text.as_deref(), Some(expected));
    }

    #[test]
    fn what_the_compiler_evaluates_or_chains_has_no_site() {
        for text in [
            "const A: u8 = 1 + 2;",
            "const fn f() { 1 + 2 }",
            "fn f() { [0; 1 + 2] }",
        ] {
            assert_eq!(woven(text, "+", Genre::BinaryOperator, "-"), None, "{text}");
        }
        let chain = "fn f() { if let A = b && c {} }";
        assert_eq!(woven(chain, "&&", Genre::BinaryOperator, "||"), None);
    }
}
