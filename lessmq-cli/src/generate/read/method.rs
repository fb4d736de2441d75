//! Reads methods.

use lessmq::contract::schema::ARGUMENT_ORDER;
use lessmq::contract::{self, Contract, Message, request_title};
use lessmq::name::{MethodName, in_code};
use serde_json::Value;

use super::Reader;
use super::document::Document;
use super::pair::{Pair, keywords};
use super::targets::with_definitions;
use crate::generate::model::{Docs, Field, Key, Kind, Method, Presence, Request, Shape, Type};
use crate::generate::names::pascal;
use crate::report::{Error, Result};

impl Reader {
    pub(super) fn methods(&mut self, contract: &Contract) -> Result<Vec<Method>> {
        let mut methods = Vec::new();
        for (name, declared) in contract.methods_by_kind() {
            let (kind, request) = match declared {
                contract::Method::Call(call) => {
                    let request = self.request(name, &call.request)?;
                    let reply = self.message(&call.reply, name, "reply")?;
                    let error = call.error.as_ref().map(|error| self.message(error, name, "error"));
                    let error = error.transpose()?;
                    (Kind::Call { idempotent: call.idempotent, reply, error }, request)
                }
                contract::Method::Command(command) => (Kind::Command, self.request(name, &command.request)?),
                contract::Method::Event(event) => {
                    (Kind::Event, Request::Payload(self.message(&event.payload, name, "payload")?))
                }
            };
            methods.push(method(name, declared, kind, request)?);
        }
        self.check_loops()?;
        Ok(methods)
    }

    fn message(&mut self, message: &Message, method: &str, role: &str) -> Result<Type> {
        let place = format!("the {role} of `{method}`");
        self.remaining_shapes = super::MAX_SHAPES;
        for schema in [&message.writes, &message.reads] {
            if !schema.is_object() && !schema.is_boolean() {
                return Err(Error::new(format!("{place}: this is not a JSON Schema"))
                    .hint("a schema is an object, or `true` or `false`"));
            }
        }
        let message = with_definitions(message);
        let name = pascal(&in_code(method));
        let document = Document::new(&message, &place, &format!("{name}{}", pascal(role)))?;
        let ty = self.root(&document);
        self.finish(&document);
        Ok(ty)
    }

    /// The type of a whole message.
    fn root(&mut self, document: &Document<'_>) -> Type {
        let plain = self.attempt(|reader| {
            let (ty, extras) = reader.constrained(document, document.root, &document.title)?;
            let is_own = reader.schema_name(&ty) == document.title || document.title.starts_with("Map_from_");
            (extras.is_empty() && is_own).then_some(ty)
        });
        match plain {
            // A `Result` as the return type would mean a call with a typed error.
            Some(result @ Type::Result(..)) => {
                Type::Named(self.wrapped(&document.title, result, serde_json::Map::new()))
            }
            Some(ty) => ty,
            None => self.named(document, document.root_name()),
        }
    }

    /// The request of a call or a command: its arguments, if the schema is the one that the macro generates for them.
    fn request(&mut self, method: &str, message: &Message) -> Result<Request> {
        let place = format!("the request of `{method}`");
        let is_schema = message.writes.is_object() && message.reads.is_object();
        if is_schema {
            let message = with_definitions(message);
            let document = Document::new(&message, &place, &request_title(method))?;
            let plain = ["type", "properties", "required"];
            let is_plain = |schema: &Value| keywords(schema).all(|keyword| plain.contains(&keyword));
            let root = document.root;
            if document.title == request_title(method) && is_plain(root.writes) && is_plain(root.reads) {
                let hint = document.title.clone();
                let fields = self.attempt(|reader| {
                    let fields = reader.fields(&document, root, &[], &hint)?.fields;
                    fields.iter().all(is_argument).then_some(fields)
                });
                self.finish(&document);
                if let Some(mut fields) = fields {
                    let order = argument_order(root);
                    fields.sort_by_key(|field| {
                        order.iter().position(|name| *name == field.wire).unwrap_or(order.len())
                    });
                    return Ok(Request::Arguments(fields));
                }
            }
        }
        self.message(message, method, "request").map(Request::Payload)
    }

    /// The name that schemars gives a type.
    fn schema_name(&self, ty: &Type) -> String {
        let name = |ty: &Type| self.schema_name(ty);
        match ty {
            Type::Any => "AnyValue".to_owned(),
            Type::Null => "null".to_owned(),
            Type::Boolean => "boolean".to_owned(),
            Type::Integer(integer) if integer.non_zero => {
                let sign = if integer.signed { 'I' } else { 'U' };
                format!(
                    "NonZero{sign}{}",
                    integer.bits.map_or_else(|| "size".to_owned(), |bits| bits.to_string())
                )
            }
            Type::Integer(integer) => super::integer_name(*integer),
            Type::Float { double } => if *double { "double" } else { "float" }.to_owned(),
            Type::Number => "Number".to_owned(),
            Type::Text => "string".to_owned(),
            Type::Character => "Character".to_owned(),
            Type::Format(format) => match super::format_name(*format) {
                "uuid" => "Uuid".to_owned(),
                "date-time" => "Timestamp".to_owned(),
                "date" => "Date".to_owned(),
                "partial-time" => "Time".to_owned(),
                "partial-date-time" => "DateTime".to_owned(),
                other => other.to_owned(),
            },
            Type::Option(inner) => format!("Nullable_{}", name(inner)),
            Type::List(inner) => format!("Array_of_{}", name(inner)),
            Type::Set(inner) => format!("Set_of_{}", name(inner)),
            Type::Array(_, 0) => "EmptyArray".to_owned(),
            Type::Array(inner, length) => format!("Array_size_{length}_of_{}", name(inner)),
            Type::Tuple(items) => {
                format!("Tuple_of_{}", items.iter().map(name).collect::<Vec<_>>().join("_and_"))
            }
            Type::Map { key, value } => {
                let key = match key {
                    Key::Text => return format!("Map_of_{}", name(value)),
                    Key::Unsigned => "uint64",
                    Key::Signed => "int64",
                    Key::Rust(id) => &self.rust_types[id.0].schema_name,
                    Key::Named(id) => &self.types[id.0].schema_name,
                };
                format!("Map_from_{key}_to_{}", name(value))
            }
            Type::Result(ok, error) => format!("Result_of_{}_or_{}", name(ok), name(error)),
            Type::Range(inner) => format!("Range_of_{}", name(inner)),
            Type::Bound(inner) => format!("Bound_of_{}", name(inner)),
            Type::Duration => "Duration".to_owned(),
            Type::SystemTime => "SystemTime".to_owned(),
            Type::Rust(id) => self.rust_types[id.0].schema_name.clone(),
            Type::Named(id) => self.types[id.0].schema_name.clone(),
        }
    }

    /// Refuses types that only refer to themselves.
    fn check_loops(&self) -> Result<()> {
        for (start, declared) in self.types.iter().enumerate() {
            let mut at = start;
            for _ in 0..=self.types.len() {
                let Shape::Newtype { inner: Type::Named(next), .. } = &self.types[at].shape else { break };
                at = next.0;
                if at == start {
                    return Err(Error::new(format!("`{}` only refers to itself", declared.schema_name))
                        .hint("the schema has no content: define the type"));
                }
            }
        }
        Ok(())
    }
}

/// The declared order of arguments. Empty if the contract does not have it, as older ones.
fn argument_order(request: Pair<'_>) -> Vec<&str> {
    let names = request.annotation(ARGUMENT_ORDER).and_then(Value::as_array);
    names.into_iter().flatten().filter_map(Value::as_str).collect()
}

/// Whether a field of a request can be an argument of a method.
fn is_argument(field: &Field) -> bool {
    let name = &field.wire;
    let is_name = name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
        && name.len() <= 64
        && !["self", "super", "crate"].contains(&name.as_str());
    let is_optional = matches!(field.ty, Type::Option(_));
    let presence = match field.presence {
        Presence::Written { required } => required && !is_optional,
        Presence::Skippable { required } => !required && is_optional,
        Presence::OnlyWritten | Presence::OnlyRead { .. } => false,
    };
    let is_plain = field.default.is_none() && field.aliases.is_empty() && field.extras.is_empty();
    is_name && presence && is_plain && field.docs.deprecated.is_none()
}

fn method(name: &str, declared: &contract::Method, kind: Kind, request: Request) -> Result<Method> {
    let parsed = MethodName::parse("method", name)?;
    let text = |text: &Option<String>| text.as_deref().map(super::readable);
    let docs = declared.docs();
    let docs = Docs { description: text(&docs.description), deprecated: text(&docs.deprecated) };
    Ok(Method {
        name: name.to_owned(),
        name_in_code: parsed.in_code(),
        version: parsed.version(),
        docs,
        kind,
        ordered: declared.is_ordered(),
        request,
    })
}
