"""Small texts in the form in which Node 20 and its packages print errors."""

DRIVER = """\
error: operator does not exist: text = integer
    at /code/node_modules/pg-pool/index.js:45:11
    at process.processTicksAndRejections (node:internal/process/task_queues:95:5)
    at async CargoStore.byHarbour (/code/src/cargo.js:14:20)
    at async /code/src/routes.js:8:3 {
  length: 199,
  severity: 'ERROR',
  code: '42883',
  detail: undefined,
  hint: 'No operator matches the given name and argument types. You might need casts.',
  position: '30',
  file: 'parse_oper.c',
  line: '635',
  routine: 'op_error'
}
"""

SEQUELIZE = """\
Listing failed: Error
    at Database.<anonymous> (/code/node_modules/sequelize/lib/dialects/sqlite/query.js:185:27)
    at new Promise (<anonymous>)
    at async Cargo.findAll (/code/node_modules/sequelize/lib/model.js:1140:21)
    at async list (/code/src/cargo.js:9:16) {
  name: 'SequelizeDatabaseError',
  parent: Error: SQLITE_ERROR: no such column: Cargo.tons
  --> in Database#all('SELECT `id`\\nFROM `cargo` WHERE `tons` = 4;', [Function (anonymous)])
      at Database.<anonymous> (/code/node_modules/sqlite3/lib/sqlite3.js:20:19) {
    errno: 1,
    code: 'SQLITE_ERROR',
    sql: 'SELECT `id`\\n' +
      'FROM `cargo` WHERE `tons` = 4;'
  },
  original: Error: SQLITE_ERROR: no such column: Cargo.tons
  --> in Database#all('SELECT `id`\\nFROM `cargo` WHERE `tons` = 4;', [Function (anonymous)])
      at Database.<anonymous> (/code/node_modules/sqlite3/lib/sqlite3.js:20:19) {
    errno: 1,
    code: 'SQLITE_ERROR',
    sql: 'SELECT `id`\\n' +
      'FROM `cargo` WHERE `tons` = 4;'
  },
  sql: 'SELECT `id`\\n' +
    'FROM `cargo` WHERE `tons` = 4;',
  parameters: {}
}
"""

VALIDATION = """\
ValidationError [SequelizeValidationError]: notNull Violation: Cargo.name cannot be null,
notNull Violation: Cargo.tons cannot be null
    at InstanceValidator._validate (/code/node_modules/sequelize/lib/instance-validator.js:50:13)
    at async Cargo.create (/code/src/cargo.js:21:5) {
  errors: [
    ValidationErrorItem {
      message: 'Cargo.name cannot be null',
      original: [Error: not of the chain],
      instance: [Cargo]
    }
  ]
}
"""

UNCAUGHT = """\
/code/src/harbour.js:12
    throw new TypeError('no quay');
    ^

TypeError: no quay
    at moor (/code/src/harbour.js:12:11)
    at Object.<anonymous> (/code/src/index.js:3:1)
    at Module._compile (node:internal/modules/cjs/loader:1521:14)

Node.js v20.20.2
"""

SYNTAX = """\
/code/src/quay.js:3
const berth = ;
              ^

SyntaxError: Unexpected token ';'
    at wrapSafe (node:internal/modules/cjs/loader:1464:18)
    at Module._compile (node:internal/modules/cjs/loader:1495:20)

Node.js v20.20.2
"""

CAUSE = """\
Error: manifest failed
    at manifest (/code/src/a.js:18:55)
    ... 6 lines matching cause stack trace ...
    at node:internal/main/run_main_module:28:49 {
  [cause]: SqliteError: UNIQUE constraint failed: cargo.name
      at Store.add (/code/src/b.js:18:23)
      at node:internal/main/run_main_module:28:49 {
    code: 'SQLITE_CONSTRAINT_UNIQUE'
  }
}
"""

AGGREGATE = """\
AggregateError [ECONNREFUSED]:\x20
    at internalConnectMultiple (node:net:1122:18)
    at afterConnectMultiple (node:net:1689:7) {
  code: 'ECONNREFUSED',
  [errors]: [
    Error: connect ECONNREFUSED ::1:5432
        at createConnectionError (node:net:1652:14) {
      errno: -111,
      code: 'ECONNREFUSED'
    },
    Error: connect ECONNREFUSED 127.0.0.1:5432
        at createConnectionError (node:net:1652:14) {
      errno: -111,
      code: 'ECONNREFUSED'
    }
  ]
}
"""

VERBOSE = """\
Error: SQLITE_RANGE: column index out of range
--> in Database#run('INSERT INTO cargo VALUES (?)', [ 1, 2 ], [Function (anonymous)])
    at Store.add (/code/src/store.js:30:8) {
  errno: 25,
  code: 'SQLITE_RANGE',
  __augmented: true
}
"""

STACKLESS = """\
[Error: SQLITE_RANGE: column index out of range] {
  errno: 25,
  code: 'SQLITE_RANGE'
}
"""

IN_BRACKETS = """\
[Error: SQLITE_ERROR: no such table: cargo
Emitted 'error' event on Statement instance at:
] {
  errno: 1,
  code: 'SQLITE_ERROR'
}

Node.js v20.20.2
"""

EMITTED = """\
node:events:497
      throw er; // Unhandled 'error' event
      ^

Error: listen EADDRINUSE: address already in use :::3000
    at Server.setupListenHandle [as _listen2] (node:net:1817:16)
    at Function.listen (/code/node_modules/express/lib/application.js:635:24)
Emitted 'error' event on Server instance at:
    at emitErrorNT (node:net:1796:8) {
  code: 'EADDRINUSE',
  errno: -98,
  syscall: 'listen',
  port: 3000
}

Node.js v20.20.2
"""

KOA = """\
  <-- GET /cargo
  xxx GET /cargo 500 1ms -

  SqliteError: no such table: cargo
      at Database.prepare (/code/node_modules/better-sqlite3/lib/methods/wrappers.js:5:21)
      at /code/src/app.js:2:134

  <-- GET /ok
"""

REJECTED = """\
[UnhandledPromiseRejection: This error originated either by throwing inside of an async function \
without a catch block, or by rejecting a promise which was not handled with .catch(). The promise \
rejected with the reason "no quay".] {
  code: 'ERR_UNHANDLED_REJECTION'
}
"""

MODULE = """\
Error: Cannot find module './quay'
Require stack:
- /code/src/index.js
    at Module._resolveFilename (node:internal/modules/cjs/loader:1212:15) {
  code: 'MODULE_NOT_FOUND',
  requireStack: [ '/code/src/index.js' ]
}
"""
