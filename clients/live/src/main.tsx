import { render } from "preact";
import { listen } from "./go";
import { connect } from "./house";
import { App } from "./views/app";
import { discover } from "./wallet";

listen();
discover();
connect();
render(<App />, document.body);
