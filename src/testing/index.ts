// The door for users' own tests: a clock to move, a browser to visit with, and what is asked of a
// store. Knows no test runner.
export { createClock, type Moment, type TestClock } from './clock.ts'
export {
  type StoreAbility,
  type StoreCase,
  type StoreContractOptions,
  type StoreWaiver,
  storeContract,
} from './store-contract.ts'
export { createVisitor, type Visitor, type VisitorOptions } from './visitor.ts'
