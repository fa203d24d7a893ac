import { Flask, session } from 'sojourn/flask'

const app = new Flask()
app.secretKey = 'secret123'
app.permanentSessionLifetime = { seconds: 10 }

app.route('/', () => {
  session.permanent = true
  session.set('username', 'Bob')
  return 'Session started for Bob with 10 seconds lifetime.'
})

app.route('/check', () => `Current session user: ${session.get('username', 'No active session')}`)

app.run({ debug: true })
