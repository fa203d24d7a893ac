// The door for users' own tests: a clock to move, a browser to visit with. Knows no test runner.
export { createClock, type Moment, type TestClock } from './clock.ts'
export { createVisitor, type Visitor, type VisitorOptions } from './visitor.ts'
