mod catalogue;
mod documents;
mod reports;
mod specification;
