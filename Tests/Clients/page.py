"""The tutorial's own page, unmodified, in tabs of headless Chromium."""

import os
import re
import shutil
import tempfile
from pathlib import Path

from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait
from suite import Skipped

SHOWN_SECONDS = 5
TUTORIAL = "000_*.txt"

# What is on the page, read in one go: class names and texts of the messages, the users, the three small displays.
SHOWN = """
const text = (parent, selector) => parent.querySelector(selector)?.textContent ?? null;
return {
    messages: [...document.querySelectorAll('#messages > .message')].map(message => ({
        kinds: message.className.split(' ').slice(1), text: text(message, '.message-content'),
        sender: text(message, '.message-sender')})),
    users: [...document.querySelectorAll('#userList > .user-item')].map(user => ({
        name: text(user, 'span'), initial: text(user, '.user-avatar').trim(), own: user.classList.contains('active')})),
    count: document.getElementById('userCount').textContent,
    name: document.getElementById('nameInput').value,
    status: document.getElementById('connectionStatus').className.split('status-').pop(),
    private: privateMode.style.display === 'none' ? null : privateTo.textContent};
"""


def html():
    """The page's bytes as the tutorial has them."""
    folder = Path(os.environ["SEEDS"])
    found = sorted(folder.glob(TUTORIAL))
    if not found:
        raise Skipped(f"the tutorial's page was NOT tested: no {TUTORIAL} in {folder}")
    page = re.search(rb"```html\n(<!DOCTYPE html>.*?</html>\n)```", found[0].read_bytes(), re.DOTALL)
    assert page, f"no page in {found[0]}"
    return page.group(1)


def chromium():
    if not shutil.which("chromium") or not shutil.which("chromedriver"):
        raise Skipped("the tutorial's page was NOT tested: chromium or chromedriver is missing")
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium")
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    return webdriver.Chrome(options, webdriver.ChromeService(shutil.which("chromedriver")))


class Browser:
    """A Chromium with the page in a temporary file; `tab` opens it once more."""

    def __init__(self):
        self.html = html()
        self.folder = tempfile.TemporaryDirectory()
        self.file = Path(self.folder.name) / "chat_client.html"
        self.file.write_bytes(self.html)
        self.driver = chromium()
        self.log = []

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.driver.quit()
        self.folder.cleanup()

    def tab(self):
        self.driver.switch_to.new_window("tab")
        self.driver.get(self.file.as_uri())
        return Tab(self)

    def console(self):
        """Everything the tabs have written to their consoles so far."""
        self.log += self.driver.get_log("browser")
        return [f"{entry['level']} {entry['message']}" for entry in self.log]


class Tab:
    """One tab with the page; every look at it brings it to the front, as a user would."""

    def __init__(self, browser):
        self.browser = browser
        self.driver = browser.driver
        self.handle = self.driver.current_window_handle

    def run(self, script, *arguments):
        self.driver.switch_to.window(self.handle)
        return self.driver.execute_script(script, *arguments)

    def shown(self):
        return self.run(SHOWN)

    def wait(self, condition, seconds=SHOWN_SECONDS):
        """Waits until the condition holds for what is shown; returns that."""
        def look(_):
            shown = self.shown()
            return shown if condition(shown) else None
        try:
            return WebDriverWait(self.driver, seconds, poll_frequency=0.05).until(look)
        except Exception:
            raise AssertionError(f"not within {seconds} s; the tab shows {self.shown()}") from None

    def phrase(self, type, **content):
        """What the page says to a message of this type, worked out by the page's own expression."""
        case = re.search(rf"case '{type}':.*?addSystemMessage\((.*?)\);\n".encode(), self.browser.html, re.DOTALL)
        return self.run(f"const msg = arguments[0]; return {case.group(1).decode()}", {"content": content})

    def wait_phrase(self, type, **content):
        phrase = self.phrase(type, **content)
        self.wait(lambda shown: {"kinds": ["system"], "text": phrase, "sender": None} in shown["messages"])
        return phrase

    def texts(self):
        return [message["text"] for message in self.shown()["messages"]]

    def write(self, text, enter=True):
        """Types into the message box and sends, with Enter or the button beside it."""
        self.driver.switch_to.window(self.handle)
        box = self.driver.find_element(By.ID, "messageInput")
        box.send_keys(text)
        if enter:
            box.send_keys(Keys.ENTER)
        else:
            box.find_element(By.XPATH, "following-sibling::button").click()
        assert box.get_attribute("value") == "", "the page has not sent the text"

    def rename(self, name):
        self.driver.switch_to.window(self.handle)
        box = self.driver.find_element(By.ID, "nameInput")
        box.clear()
        box.send_keys(name)
        box.find_element(By.XPATH, "following-sibling::button").click()

    def click(self, css):
        self.driver.switch_to.window(self.handle)
        self.driver.find_element(By.CSS_SELECTOR, css).click()

    def ask_users(self):
        """Sends get_users over the page's own connection: the page itself never does."""
        self.run("ws.send(JSON.stringify({type: 'get_users'}))")

    def close(self):
        self.driver.switch_to.window(self.handle)
        self.driver.close()
        self.driver.switch_to.window(self.driver.window_handles[0])
