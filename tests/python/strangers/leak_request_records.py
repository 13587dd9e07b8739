"""An application keeps a record of each request: nothing reads them."""

SELECTORS = ["app.records", "app.records[3]", "type:Record"]
EXPECT_LINES = True


class Record:
    def __init__(self, path, status):
        self.path, self.status, self.body = path, status, bytes(1500)


class App:
    def __init__(self):
        self.routes, self.records = {}, []

    def route(self, path):
        def register(function):
            self.routes[path] = function
            return function

        return register

    def get(self, path):
        answer = self.routes[path]()
        self.records.append(Record(path, 200))
        return answer


app = App()


@app.route("/")
def index():
    return "home"


for _ in range(30):
    app.get("/")


def next_step():
    return app.get("/")
