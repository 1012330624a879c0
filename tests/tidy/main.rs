//! The lines that nobody may cross, read off the sources: who depends on whom, what apply may name, what a file opens
//! with.

mod edges;
mod points;
mod sources;
