import { Flask, session } from 'sojourn/flask'

const app = new Flask()
app.secretKey = 'secret123'
app.permanentSessionLifetime = { days: 7 }

app.route('/', () => {
  session.permanent = true
  session.set('username', 'Dora')
  return 'Dora is remembered for seven days.'
})

app.route('/check', () => `Current session user: ${session.get('username', 'No active session')}`)

app.run({ debug: true })
