//! What a model file says once it has been read and checked: every name resolved, every default filled in.

use rust_decimal::Decimal;

use crate::mistakes::Mistakes;

/// One bounded context.
#[derive(Clone, Debug)]
pub struct Model {
    /// The context's name in snake case: `shipping`, `broker_account`.
    pub context: String,
    /// One sentence about the context; empty when the file has none.
    pub description: String,
    /// Whether its data belongs to tenants.
    pub tenancy: Tenancy,
    /// Other contexts whose ids or published events appear here.
    pub uses: Vec<String>,
    /// Plain enumerations, in the order of the file.
    pub enums: Vec<Enum>,
    /// Checked values, in the order of the file.
    pub values: Vec<Value>,
    /// Event-sourced aggregates, in the order of the file.
    pub aggregates: Vec<Aggregate>,
    /// Read models, in the order of the file.
    pub views: Vec<View>,
    /// What someone should look at, although the model can be used.
    pub warnings: Mistakes,
}

/// Whether the data of a context belongs to tenants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tenancy {
    /// Every row and stream belongs to one tenant.
    Required,
    /// The context belongs to the platform itself.
    None,
}

/// A named set of words.
#[derive(Clone, Debug)]
pub struct Enum {
    /// In Pascal case.
    pub name: String,
    /// One sentence; empty when the file has none.
    pub description: String,
    /// The name it had before it was renamed.
    pub was: Option<String>,
    /// In Pascal case, at least one.
    pub variants: Vec<String>,
}

/// A checked value.
#[derive(Clone, Debug)]
pub struct Value {
    /// In Pascal case.
    pub name: String,
    /// One sentence; empty when the file has none.
    pub description: String,
    /// The name it had before it was renamed.
    pub was: Option<String>,
    /// What it is made of.
    pub shape: ValueShape,
    /// Rules over it, by name: over `value` in a newtype, over the fields by their names in a composite.
    pub require: Vec<Rule>,
}

/// What a value is made of.
#[derive(Clone, Debug)]
pub enum ValueShape {
    /// One inner value; its type is a primitive, never another value, enum or id.
    Newtype {
        /// The inner type with its bounds.
        inner: Type,
        /// A regular expression over the text, only for `Text`.
        pattern: Option<String>,
    },
    /// Several fields.
    Composite {
        /// At least one.
        fields: Vec<Field>,
    },
}

/// A field as the field grammar writes it.
///
/// ```text
/// fields    = { field } ;
/// field     = name ":" type [ "?" | "[]" | "[]?" ] [ "=" literal ] { attribute } ;
/// type      = Name [ "(" range ")" ] | context "." Aggregate | Aggregate ".State" ;
/// range     = [ end ] ".." [ end ] | end ;          an end alone has a comparison: `(>0)` is `(>0..)`
/// end       = [ ">" | ">=" | "<" | "<=" ] number ;  without one, the end belongs to the range
/// literal   = number | "true" | "false" | "'" text "'" ;      a quote in the text is doubled
/// attribute = "unique" | "personal" | "secret" | "index" ;
/// ```
///
/// Fields and attributes are separated by white space; there is none inside a field, but for quotes and parentheses.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a mark that the field grammar knows")]
pub struct Field {
    /// In snake case; never a Rust keyword.
    pub name: String,
    /// The type of the value, or of each element of a list.
    pub ty: Type,
    /// `?`
    pub optional: bool,
    /// `[]`
    pub list: bool,
    /// `='USD'`, checked against the type.
    pub default: Option<Literal>,
    /// No two live streams of a tenant share it.
    pub unique: bool,
    /// Personal data; set on every field of an aggregate whose namesake is marked.
    pub personal: bool,
    /// Never leaves the write side; set on every field of an aggregate whose namesake is marked.
    pub secret: bool,
    /// Looked up often.
    pub index: bool,
}

/// The type of a field.
#[derive(Clone, Debug, PartialEq)]
pub enum Type {
    /// A string; lengths count characters.
    Text(Bounds<u32>),
    /// `true` or `false`.
    Bool,
    /// A signed 64-bit integer.
    Int(Bounds<i64>),
    /// A decimal number.
    Decimal(DecimalBounds),
    /// A decimal amount with a currency.
    Money,
    /// An ISO 4217 code.
    Currency,
    /// A day of the calendar.
    Date,
    /// A moment.
    Timestamp,
    /// A length of time.
    Duration,
    /// Any UUID.
    Uuid,
    /// An e-mail address.
    Email,
    /// A telephone number in E.164.
    Phone,
    /// An absolute URL.
    Url,
    /// An ISO 3166-1 alpha-2 code.
    Country,
    /// Any JSON.
    Json,
    /// A value of this file, by name.
    Value(String),
    /// An enum of this file, by name.
    Enum(String),
    /// The typed id of an aggregate.
    Id {
        /// The context it belongs to, `None` for this one.
        context: Option<String>,
        /// The aggregate.
        of: String,
    },
    /// The life-cycle state of an aggregate of this file.
    State(String),
}

/// A closed range, open at an end that is `None`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bounds<T> {
    /// The lowest that is allowed.
    pub min: Option<T>,
    /// The highest that is allowed.
    pub max: Option<T>,
}

/// A range of decimals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DecimalBounds {
    /// The lower end.
    pub min: Option<DecimalBound>,
    /// The upper end.
    pub max: Option<DecimalBound>,
}

/// One end of a range of decimals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DecimalBound {
    /// The end.
    pub value: Decimal,
    /// Whether the end itself is outside, as in `Decimal(>0)`.
    pub exclusive: bool,
}

/// A default.
#[derive(Clone, Debug, PartialEq)]
pub enum Literal {
    /// `=true`
    Bool(bool),
    /// `=100`
    Int(i64),
    /// `=0.5`, on a `Decimal`; whole numbers too.
    Decimal(Decimal),
    /// `='USD'`: the text of any other type, or the variant of an enum; already checked against the type.
    Text(String),
}

/// A Rust expression with the text that it was written in.
#[derive(Clone, Debug)]
pub struct Expression {
    /// As written.
    pub text: String,
    /// As parsed.
    pub tree: syn::Expr,
}

/// A rule with the name of the rejection that follows when it does not hold.
#[derive(Clone, Debug)]
pub struct Rule {
    /// In Pascal case.
    pub name: String,
    /// True when the rule holds.
    pub expression: Expression,
}

/// An event-sourced aggregate.
#[derive(Clone, Debug)]
pub struct Aggregate {
    /// In Pascal case.
    pub name: String,
    /// One sentence; empty when the file has none.
    pub description: String,
    /// The name it had before it was renamed.
    pub was: Option<String>,
    /// The states of its life cycle; empty when it has none.
    pub states: Vec<String>,
    /// The states that no command leads from. A stream in one of them is no longer live: what was unique to it is
    /// free again. Empty when a command is accepted in every state.
    pub final_states: Vec<String>,
    /// Sets of fields that no two live streams of a tenant share.
    pub unique: Vec<UniqueSet>,
    /// How many events lie between two snapshots.
    pub snapshot_every: Option<u32>,
    /// Its state, without the life-cycle state: what its events carry, then what `state` adds.
    pub state: Vec<StateField>,
    /// At least one of them creates.
    pub commands: Vec<Command>,
    /// At least one of them begins the stream.
    pub events: Vec<Event>,
}

/// Fields that no two live streams share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UniqueSet {
    /// Names of fields of the state.
    pub fields: Vec<String>,
    /// Whether one of them is personal or secret, so that its value must not be readable in a tag.
    pub sensitive: bool,
}

/// A field of an aggregate's state.
#[derive(Clone, Debug)]
pub struct StateField {
    /// Optional when not every event that begins the stream carries it and it has no default. Bounds are dropped.
    pub field: Field,
    /// Whether it comes from `state = "…"` and no event carries it by name.
    pub own: bool,
}

/// A command.
#[derive(Clone, Debug)]
pub struct Command {
    /// In Pascal case.
    pub name: String,
    /// One sentence; empty when the file has none.
    pub description: String,
    /// The name it had before it was renamed.
    pub was: Option<String>,
    /// Whether it addresses a new stream.
    pub creates: bool,
    /// The states that it is accepted in; `None` is every state.
    pub from: Option<Vec<String>>,
    /// What it carries.
    pub fields: Vec<Field>,
    /// What must hold, in the order of the file.
    pub require: Vec<Rule>,
    /// What it makes happen, in order.
    pub emits: Vec<Emission>,
    /// Who may send it; empty is nobody.
    pub roles: Vec<String>,
    /// Where it is reached: as given, or by the house rule.
    pub route: Route,
}

/// One event that a command may emit.
#[derive(Clone, Debug)]
pub struct Emission {
    /// The event's name.
    pub event: String,
    /// The condition, over `self`, `command` and `now`.
    pub when: Option<Expression>,
    /// One entry per field of the event, in its order.
    pub fields: Vec<(String, Source)>,
}

/// Where an event's field takes its value from.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "a model has few of them and is read once")]
pub enum Source {
    /// The command's field of that name.
    Command,
    /// The state's field of that name.
    State,
    /// The moment of decision.
    Now,
    /// `with`, over `self`, `command` and `now`.
    With(Expression),
    /// Nothing has it and it may be left out: `None`, an empty list, or the event field's default.
    Absent,
}

/// An HTTP method and path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// `GET`, `POST`, `PUT`, `PATCH` or `DELETE`.
    pub method: String,
    /// Absolute, with `{id}` or `{field}` for what it takes from the path.
    pub path: String,
}

/// An event.
#[derive(Clone, Debug)]
pub struct Event {
    /// In Pascal case.
    pub name: String,
    /// One sentence; empty when the file has none.
    pub description: String,
    /// The name it had before it was renamed.
    pub was: Option<String>,
    /// The state that it leads to; `None` leaves the state as it is.
    pub to: Option<String>,
    /// Whether it leaves the context.
    pub published: bool,
    /// Whether it can only be read, no longer written.
    pub retired: bool,
    /// Whether it begins the stream: a creating command emits it first, or did before it was retired.
    pub creates: bool,
    /// What it carries.
    pub fields: Vec<Field>,
    /// How it changes state fields beyond setting those of its name; over `self` and `event`.
    pub set: Vec<(String, Expression)>,
}

/// A read model.
#[derive(Clone, Debug)]
pub struct View {
    /// In Pascal case.
    pub name: String,
    /// One sentence; empty when the file has none.
    pub description: String,
    /// The name it had before it was renamed.
    pub was: Option<String>,
    /// The aggregates whose events it folds, at least one.
    pub of: Vec<String>,
    /// What tells its rows apart.
    pub key: ViewKey,
    /// Its columns, key columns included where they are fields.
    pub fields: Vec<Field>,
    /// Which events are applied before the command returns.
    pub sync: Sync,
    /// Priority of its synchronous share, higher first; 0 unless said.
    pub priority: i32,
    /// Time-out of its synchronous share in milliseconds, from 1 to 5,000; 2,000 unless said.
    pub timeout_ms: u32,
    /// Events that delete the row.
    pub deletes: Vec<String>,
    /// What each event of `of` that can touch a row does to it. Events that never change a row have no entry.
    pub on: Vec<ViewEvent>,
    /// Its queries.
    pub queries: Vec<Query>,
}

/// What tells the rows of a view apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ViewKey {
    /// The stream; the row has an `id` column of the aggregate's typed id.
    Stream,
    /// Fields of the view, each carried by events under the same name.
    Fields(Vec<String>),
}

/// Which events a view applies in the transaction of the append.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sync {
    /// None: workers apply all.
    None,
    /// All: no worker is needed.
    All,
    /// These; only for views keyed by their stream.
    Events(Vec<String>),
}

/// How an event changes a row of a view.
#[derive(Clone, Debug)]
pub struct ViewEvent {
    /// The aggregate that the event is of.
    pub aggregate: String,
    /// The event's name.
    pub event: String,
    /// Whether the row goes away.
    pub deletes: bool,
    /// Whether it can be the first to touch a row, and begins it with all that the row requires.
    pub begins: bool,
    /// One entry per column that it changes; for an event that begins a row, columns with no entry start from their
    /// default, or empty. Key fields never have an entry: the row is found by them.
    pub assigns: Vec<(String, Assign)>,
}

/// Where a column takes its value from.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "a model has few of them and is read once")]
pub enum Assign {
    /// The event's field of that name. Optional and required meet by the field types of both.
    Field,
    /// The state that the event leads to; always the `to` of the event.
    State(String),
    /// `set`, over `row` and `event`.
    Set(Expression),
}

/// A query of a view.
#[derive(Clone, Debug)]
pub struct Query {
    /// In Pascal case.
    pub name: String,
    /// One sentence; empty when the file has none.
    pub description: String,
    /// The name it had before it was renamed.
    pub was: Option<String>,
    /// What it asks for.
    pub shape: QueryShape,
    /// Who may ask; empty is nobody.
    pub roles: Vec<String>,
    /// Where it is reached: as given, or by the house rule.
    pub route: Route,
}

/// What a query asks for.
#[derive(Clone, Debug)]
pub enum QueryShape {
    /// `by = "key"`: the row with this key.
    ByKey,
    /// `by = "user broker"`: the row with these values.
    ByFields(Vec<String>),
    /// A page of rows.
    List(List),
}

/// What a list of rows takes and tells.
#[derive(Clone, Debug, Default)]
pub struct List {
    /// Columns that may be compared with one value.
    pub filter: Vec<String>,
    /// Columns that may be compared with several values.
    pub one_of: Vec<String>,
    /// Columns that may be bounded.
    pub range: Vec<String>,
    /// Columns of text that are searched.
    pub search: Vec<String>,
    /// Columns that the rows can be ordered by; the first is the order unless another is asked for.
    pub sort: Vec<String>,
    /// The columns that are told, beside the key; none is all of them.
    pub columns: Vec<String>,
    /// How one comes from page to page.
    pub paging: Paging,
    /// Whether what happens to its rows can be followed.
    pub changes: bool,
}

/// How one comes from page to page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Paging {
    /// By a cursor.
    #[default]
    Cursor,
    /// The same, and each page says how many rows there are.
    Counted,
    /// `page = "offset"`: by number, and each page says how many rows there are.
    Offset,
}
