//! Small tools of a bicycle workshop.

pub mod booking;
pub mod gears;
pub mod invoice;
pub mod label;
pub mod parts;
pub mod route;
pub mod tyre;
pub mod wheel;
