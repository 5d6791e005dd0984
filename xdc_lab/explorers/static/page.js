// @ts-check
// The explorer in a page of its own.
import { mount } from "./app.js";
import { openPage } from "./page_host.js";

openPage(mount);
