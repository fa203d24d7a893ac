import { Flask, session } from 'sojourn/flask'

const app = new Flask()
app.secretKey = 'secret123'
app.permanentSessionLifetime = { hours: 1 }

app.route('/', () => {
  session.permanent = true
  session.set('username', 'Carol')
  return 'Session started for Carol with an hour of lifetime.'
})

app.route('/check', () => `Current session user: ${session.get('username', 'No active session')}`)

app.run({ debug: true })
