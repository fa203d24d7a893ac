import { Flask, session } from 'sojourn/flask'

const app = new Flask()
app.secretKey = 'secret123'
app.permanentSessionLifetime = { minutes: 30 }

app.route('/', () => {
  session.permanent = true
  session.set('username', 'Alice')
  return 'Session started for Alice with 30 minutes lifetime.'
})

app.route('/check', () => `Current session user: ${session.get('username', 'No active session')}`)

app.run({ debug: true })
