//! The page as one self-contained HTML file, without scripts, fonts and images, and with a policy that forbids them.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::model::{Message, Method, NamedType, Page, Service};
use super::prose::{plain, to_html};
use super::shape::{Field, Shape, Variant};
use super::words::Piece;

const STYLE: &str = include_str!("style.css");
/// Content security policy: the page is not allowed to load anything.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

pub(super) fn document(page: &Page) -> String {
    let markup = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (page.title) " messages" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                a.skip href="#content" { "Skip to the content" }
                nav aria-label="Contents" {
                    @for service in &page.services { (contents(service)) }
                }
                main #content {
                    @for service in &page.services { (self::service(service)) }
                    footer { "Generated from the contract with " code { "lessmq-cli docs" } "." }
                }
            }
        }
    };
    plain(&markup.into_string()) + "\n"
}

fn contents(service: &Service) -> Markup {
    html! {
        p.service { a href={ "#" (service.name) } { (service.name) } }
        @for group in &service.groups {
            p.group { (group.title) }
            ul {
                @for method in &group.methods {
                    li {
                        a.gone[method.deprecated.is_some()] href={ "#" (method.anchor) } { (method.name) }
                    }
                }
            }
        }
        @if !service.types.is_empty() {
            p.group { "Types" }
            ul {
                @for named in &service.types {
                    li { a href={ "#" (named.anchor) } { (named.name) } }
                }
            }
        }
    }
}

fn service(service: &Service) -> Markup {
    html! {
        header #(service.name) {
            h1 { (service.name) }
            p.version { "Version " (service.version) ", contract " code { (service.fingerprint) } }
            (prose(service.description.as_deref()))
        }
        @for group in &service.groups {
            section aria-labelledby={ (service.name) "." (group.title) "." } {
                h2 id={ (service.name) "." (group.title) "." } { (group.title) }
                p.meaning { (group.meaning) }
                @for method in &group.methods { (self::method(service, method)) }
            }
        }
        @if !service.types.is_empty() {
            section aria-labelledby={ (service.name) ".Types." } {
                h2 id={ (service.name) ".Types." } { "Types" }
                p.meaning { "The types of the messages above." }
                @for named in &service.types { (named_type(service, named)) }
            }
        }
    }
}

fn method(service: &Service, method: &Method) -> Markup {
    html! {
        article id=(method.anchor) {
            h3 {
                a href={ "#" (method.anchor) } { (method.name) }
                span class={ "badge " (method.kind) } { (method.kind) }
                @if method.is_idempotent {
                    span.badge title="Handling it twice has the same effect as once." { "may be repeated" }
                }
                @if method.deprecated.is_some() { span.badge.deprecated { "deprecated" } }
            }
            @if let Some(reason) = method.deprecated.as_deref().filter(|reason| !reason.trim().is_empty()) {
                div.deprecated role="note" { (prose(Some(reason))) }
            }
            (prose(method.description.as_deref()))
            @for message in &method.messages { (self::message(service, message)) }
        }
    }
}

fn message(service: &Service, message: &Message) -> Markup {
    html! {
        section.message {
            h4 { (message.title) " " small { (message.meaning) } }
            (shape(service, &message.shape))
            @if let Some(example) = &message.example {
                details open {
                    summary { "Example" }
                    pre tabindex="0" { code { (example) } }
                }
            }
        }
    }
}

fn named_type(service: &Service, named: &NamedType) -> Markup {
    html! {
        article id=(named.anchor) {
            h3 { a href={ "#" (named.anchor) } { (named.name) } }
            (shape(service, &named.shape))
        }
    }
}

fn shape(service: &Service, shape: &Shape) -> Markup {
    html! {
        (prose(shape.description.as_deref()))
        @if shape.fields.is_empty() && shape.variants.is_empty() {
            p { span.type { (pieces(service, &shape.words)) } (notes(service, &shape.notes)) }
        }
        (fields(service, &shape.fields))
        @if !shape.variants.is_empty() {
            p.oneof { @if shape.fields.is_empty() { "One of" } @else { "And one of" } }
            ul.variants {
                @for variant in &shape.variants { (self::variant(service, variant)) }
            }
        }
    }
}

fn variant(service: &Service, variant: &Variant) -> Markup {
    html! {
        li {
            p.name { (pieces(service, &variant.name)) }
            (prose(variant.description.as_deref()))
            (fields(service, &variant.fields))
        }
    }
}

fn fields(service: &Service, fields: &[Field]) -> Markup {
    html! {
        @if !fields.is_empty() {
            table {
                thead {
                    tr { th scope="col" { "Field" } th scope="col" { "Type" } th scope="col" { "Description" } }
                }
                tbody {
                    @for field in fields { (self::field(service, field)) }
                }
            }
        }
    }
}

fn field(service: &Service, field: &Field) -> Markup {
    html! {
        tr {
            th scope="row" {
                code.gone[field.is_deprecated] { (field.path) }
                @if field.is_required { span.required { "required" } } @else { span.optional { "optional" } }
            }
            td { span.type { (pieces(service, &field.words)) } }
            td {
                @if field.is_deprecated { p { span.badge.deprecated { "deprecated" } } }
                (prose(field.description.as_deref()))
                (notes(service, &field.notes))
            }
        }
    }
}

fn notes(service: &Service, notes: &[Vec<Piece>]) -> Markup {
    html! {
        @if !notes.is_empty() {
            span.notes {
                @for (index, note) in notes.iter().enumerate() {
                    @if index > 0 { ", " }
                    (pieces(service, note))
                }
            }
        }
    }
}

fn pieces(service: &Service, pieces: &[Piece]) -> Markup {
    html! {
        @for piece in pieces {
            @match piece {
                Piece::Text(text) => (text),
                Piece::Code(text) => code { (text) },
                Piece::Type(name) => a href={ "#" (service.type_anchor(name)) } { (name) },
            }
        }
    }
}

fn prose(markdown: Option<&str>) -> Markup {
    html! {
        @if let Some(markdown) = markdown.filter(|text| !text.trim().is_empty()) {
            div.prose { (PreEscaped(to_html(markdown))) }
        }
    }
}
