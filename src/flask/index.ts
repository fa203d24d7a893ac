// The front door of the Flask face.
export type { Tag } from '../formats/tags.ts'
export { Float, Markup, Tuple, UUID } from '../formats/values.ts'
export {
  type AfterRequest,
  type BeforeRequest,
  type ErrorHandler,
  Flask,
  type RouteOptions,
  type View,
} from './app.ts'
export type { Config } from './config.ts'
export { request, session } from './context.ts'
export { flash, getFlashedMessages } from './flashes.ts'
export { requireFresh, sessionStatus } from './fresh.ts'
export { abort, HttpError, jsonify, makeResponse, type Returned, redirect } from './responses.ts'
export type { RunningServer, RunOptions } from './serve.ts'
export type { TestClient, TestClientOptions } from './test-client.ts'
