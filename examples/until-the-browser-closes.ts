import { Flask, session } from 'sojourn/flask'

const app = new Flask()
app.secretKey = 'secret123'

app.route('/', () => {
  session.permanent = false
  session.set('username', 'Eve')
  return 'Session started for Eve until the browser closes.'
})

app.route('/check', () => `Current session user: ${session.get('username', 'No active session')}`)

app.run({ debug: true })
