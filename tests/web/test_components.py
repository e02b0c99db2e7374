"""Every component on the gallery page: it renders, speaks to a reader of screens, and fits from a phone to a desk."""

import threading
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from flask import Flask, render_template
from flask_wtf import CSRFProtect, FlaskForm
from jinja2 import StrictUndefined
from werkzeug.datastructures import MultiDict
from werkzeug.serving import make_server
from wtforms import BooleanField, DateField, PasswordField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired

from tests.browser.accessibility import EVERY_RULE, violations
from web.assets import register_assets
from web.formatting import register_filters, searchable

WEB = Path(__file__).resolve().parents[2] / "web"
STRICT_CSP = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'"
ERROR_PAGES = ("403", "404", "409", "422", "429", "500")
REQUIRED = InputRequired("Заполните поле")


class Section(NamedTuple):
    target: str
    word: str
    icon: str
    current: bool


class Shell(NamedTuple):
    user_name: str = "Морозова Е. В."
    role_title: str = "куратор"
    organisation_title: str = "Школа с. Ключевое"
    school_year: str = "2026/27 учебный год"
    organisations: tuple[tuple[str, str], ...] = (("1", "Школа с. Ключевое"),)
    can_write: bool = True
    search_url: str = "/search"
    sections: tuple[Section, ...] = (
        Section("/", "Сегодня", "today", False),
        Section("/map", "Дорожная карта", "map", False),
        Section("/pairs", "Пары", "pairs", True),
        Section("/meetings", "Встречи", "meetings", False),
        Section("/papers", "Документы", "papers", False),
        Section("/people", "Участники", "people", False),
        Section("/history", "История", "history", False),
    )


class SampleForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF is not annotated
    class Meta(FlaskForm.Meta):  # type: ignore[misc]
        locales = ("ru_RU",)

    number = StringField("Номер", [REQUIRED])
    signed_on = DateField("Дата подписания", [REQUIRED], format="%d.%m.%Y")
    signer = RadioField(
        "Кто подписал",
        [REQUIRED],
        choices=[SelectChoice("1", "Гусев А. П., директор"), SelectChoice("2", "Ларина Т. И.")],
    )
    form_of_mentoring = SelectField(
        "Форма наставничества", choices=[SelectChoice("a", "ученик — ученик"), SelectChoice("b", "педагог — ученик")]
    )
    ground = TextAreaField("Почему начинаете без приказа")
    password = PasswordField("Пароль", render_kw={"autocomplete": "current-password"})
    remind = BooleanField("Напомнить о скане через 7 дней")


def gallery_app(shell: Shell | None = Shell()) -> Flask:  # noqa: B008  # frozen
    """The smallest application that can show a page."""
    app = Flask("gallery", template_folder=str(WEB / "templates"), static_folder=str(WEB / "static"))
    app.config.update(SECRET_KEY="for tests", TESTING=True, WTF_CSRF_TIME_LIMIT=None, WTF_I18N_ENABLED=False)
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    CSRFProtect(app)
    register_assets(app)
    register_filters(app)
    app.after_request(_strict_csp)
    if shell is not None:
        app.context_processor(lambda: {"shell": shell})

    @app.get("/")
    def gallery() -> str:
        form = SampleForm(
            None, number="104-ОД", signed_on=date(2026, 11, 11), signer="1", ground="Приказ на подписи с 10 ноября"
        )
        typed = MultiDict({"wrong-signed_on": "31.02.2026", "wrong-form_of_mentoring": "a"})
        wrong = SampleForm(typed, prefix="wrong", meta={"csrf": False})
        wrong.validate()
        return render_template("gallery/gallery.html", form=form, wrong_form=wrong)

    @app.get("/swap")
    def swap() -> str:
        return (
            '<section id="swapped" class="panel"><h2 tabindex="-1">Пара закреплена</h2>'
            '<p data-say="Пара закреплена">с 11 ноября</p></section>'
        )

    @app.get("/errors/<code>")
    def error_page(code: str) -> str:
        rows = [("Дата события", "10 ноября 2026", "11 ноября 2026"), ("Кто", "Иванова Н. П.", "Вы")]
        return render_template(f"errors/{code}.html", code=f"{code}-7QX4", rows=rows, who="Гусев А. П., директор")

    return app


def _strict_csp(response: Any) -> Any:
    response.headers["Content-Security-Policy"] = STRICT_CSP
    return response


@pytest.fixture(scope="module")
def page() -> str:
    return searchable(gallery_app().test_client().get("/").get_data(as_text=True))


def test_every_macro_of_the_kit_stands_in_the_gallery() -> None:
    app = gallery_app()
    source = (WEB / "templates/gallery/gallery.html").read_text(encoding="utf-8")
    inner = {"sign", "pair_card"}  # shown by the rows and columns that hold them
    with app.test_request_context():
        kit = app.jinja_env.get_template("_components.html").make_module()
    macros = {name for name in vars(kit) if not name.startswith("_")} - inner

    assert {name for name in macros if f"ui.{name}(" not in source} == set()


def test_nothing_inline_for_the_strict_policy(page: str) -> None:
    assert " style=" not in page
    assert "<style" not in page
    assert " onclick=" not in page
    assert page.count("<script") == page.count("<script src=")


def test_every_icon_used_is_in_the_sprite(page: str) -> None:
    sprite = (WEB / "static/icons.svg").read_text(encoding="utf-8")
    used = {part.split('"')[0] for part in page.split("icons.svg?v=")[1:]}
    names = {address.split("#")[1] for address in used}

    assert {name for name in names if f'<symbol id="{name}"' not in sprite} == set()


def test_blockers_stand_before_reasons_and_the_first_remedy_is_blue(page: str) -> None:
    assert page.index("нет согласия на обработку") < page.index("План не утверждён приказом")
    assert '<a class="btn btn-primary" href="#receive">' in page
    assert '<a class="btn" href="#order">' in page


def test_a_closed_button_points_at_its_reason(page: str) -> None:
    assert 'aria-disabled="true" aria-describedby="why"' in page
    assert 'id="why"' in page


def test_a_wrong_field_says_the_same_at_the_field_and_in_the_summary(page: str) -> None:
    assert "Исправьте 3 поля" in page
    assert '<a href="#wrong-number">Номер: Заполните поле</a>' in page
    assert 'aria-describedby="wrong-number-error"' in page
    assert '<a href="#wrong-signer-0">' in page


def test_a_date_is_typed_as_text_with_a_hint(page: str) -> None:
    field = page.split('id="signed_on"')[1].split(">")[0] + page.split('id="signed_on"')[0].rsplit("<", 1)[1]

    assert 'type="text"' in field
    assert 'value="11.11.2026"' in field
    assert "дд.мм.гггг. Это и есть дата приказа" in page


def test_users_words_are_escaped() -> None:
    app = gallery_app()
    with app.test_request_context():
        kit = app.jinja_env.get_template("_components.html").make_module()
        row = kit.item_row({"title": "<b>Ким</b>", "note": "<script>"})  # type: ignore[attr-defined]

    assert "<b>Ким" not in row
    assert "<script>" not in row


def test_without_a_shell_the_bar_shows_only_the_name() -> None:
    bare = gallery_app(shell=None).test_client().get("/errors/404").get_data(as_text=True)

    assert "Маршрут</a>" in bare
    assert "Выйти" not in bare
    assert "bottom-bar" not in bare


def test_several_organisations_become_a_menu() -> None:
    shell = Shell(organisations=(("1", "Школа с. Ключевое"), ("2", "Детский сад «Родничок»")))
    shown = gallery_app(shell).test_client().get("/errors/404").get_data(as_text=True)

    assert '<button type="submit" name="organisation" value="2">Детский сад «Родничок»</button>' in shown


@pytest.mark.parametrize("code", ERROR_PAGES)
def test_an_error_page_keeps_the_shell_and_says_what_was_saved(code: str) -> None:
    text = gallery_app().test_client().get(f"/errors/{code}").get_data(as_text=True)

    assert "Дорожная карта" in text
    assert f'Код для администратора: <span class="code">{code}-7QX4</span>' in text
    assert text.count("<h1") == 1
    assert text.count("btn-main") == 1


# In a browser


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    server = make_server("127.0.0.1", 0, gallery_app(), threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def opened(browser: Any, address: str) -> Any:
    page = browser.new_page(base_url=address)
    page.set_default_timeout(5000)
    page.on("console", lambda message: page.complaints.append(message.text))
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    return page


@pytest.fixture(scope="module")
def window(browser: Any, address: str) -> Iterator[Any]:
    """A window for all tests: a new one takes Chromium longer than most of them do."""
    page = opened(browser, address)
    yield page
    page.close()


@pytest.fixture
def tab(window: Any) -> Iterator[Any]:
    """The window, which remembers nothing but what it has loaded."""
    window.complaints = []
    window.set_viewport_size({"width": 1366, "height": 768})
    yield window
    window.evaluate("sessionStorage.clear(), localStorage.clear()")
    window.context.clear_cookies()
    window.goto("about:blank")


@pytest.fixture
def new_tab(browser: Any, address: str) -> Iterator[Any]:
    """A window that has never been here."""
    page = opened(browser, address)
    page.complaints = []
    yield page
    page.close()


@pytest.mark.browser
@pytest.mark.parametrize("width", [1366, 1024, 768, 360, 320])
def test_no_page_scrolls_sideways(tab: Any, width: int) -> None:
    tab.set_viewport_size({"width": width, "height": 740})
    for path in ["/", *(f"/errors/{code}" for code in ERROR_PAGES)]:
        assert tab.goto(path).ok

        assert tab.evaluate("document.documentElement.scrollWidth") <= width, path


@pytest.mark.browser
def test_scripts_and_the_strict_policy_are_silent(new_tab: Any) -> None:
    new_tab.goto("/")
    new_tab.wait_for_load_state("networkidle")

    assert new_tab.complaints == []


@pytest.mark.browser
@pytest.mark.parametrize("width", [1366, 768, 360])
def test_axe_finds_nothing(tab: Any, width: int) -> None:
    tab.set_viewport_size({"width": width, "height": 740})
    for path in ["/", *(f"/errors/{code}" for code in ERROR_PAGES)]:
        assert tab.goto(path).ok

        assert violations(tab, EVERY_RULE) == [], path


@pytest.mark.browser
def test_on_a_phone_the_first_blue_button_is_in_the_first_screen(tab: Any) -> None:
    tab.set_viewport_size({"width": 360, "height": 740})
    tab.goto("/")
    bar = tab.locator(".bottom-bar").bounding_box()
    tab.evaluate("scrollTo(0, 0)")
    button = tab.locator(".btn-primary").first.bounding_box()

    assert bar["height"] >= 60
    assert button["y"] + button["height"] <= bar["y"]


@pytest.mark.browser
def test_a_first_visit_is_six_requests(new_tab: Any) -> None:
    asked: list[str] = []
    new_tab.on("request", lambda request: asked.append(request.url))
    new_tab.goto("/")
    new_tab.wait_for_load_state("networkidle")

    assert len([address for address in asked if not address.startswith("data:")]) <= 6


@pytest.mark.browser
def test_the_bar_counts_ticked_rows(tab: Any) -> None:
    tab.goto("/")
    bar = tab.locator("form[data-bulk] [data-bulk-bar]")
    tab.get_by_label("Выбрать пункт 3.6").check()

    assert bar.locator(".bulk-count").inner_text() == "Выбрано 2 пункта"
    assert bar.locator("button[value=complete]").inner_text() == "Отметить 1 пункт"
    tab.get_by_label("Выбрать все").uncheck()
    assert bar.is_hidden()


@pytest.mark.browser
def test_the_month_is_one_stop_for_tab_and_moves_by_arrows(tab: Any) -> None:
    tab.goto("/")
    assert tab.locator("[data-grid] input[tabindex='0']").count() == 1
    tab.locator("[data-grid] input").first.focus()
    tab.keyboard.press("ArrowDown")
    tab.keyboard.press("ArrowRight")
    tab.keyboard.press("Space")

    assert tab.evaluate("document.activeElement.value") == "2-10"
    assert tab.get_by_role("button", name="Сохранить 1 отметку").is_visible()


@pytest.mark.browser
def test_a_menu_closes_by_escape_and_a_closed_button_leads_to_its_reason(tab: Any) -> None:
    tab.goto("/")
    menu = tab.locator(".page-actions details")
    menu.locator("summary").click()
    tab.keyboard.press("Escape")
    assert menu.get_attribute("open") is None

    tab.get_by_role("button", name="Начать работу").click(force=True)
    assert tab.evaluate("document.activeElement.id") == "why"


@pytest.mark.browser
def test_a_swap_leads_to_the_changed_heading_and_says_what_happened(tab: Any) -> None:
    tab.goto("/")
    tab.get_by_role("button", name="Закрепить пару").click()
    tab.get_by_role("heading", name="Пара закреплена").wait_for()

    assert tab.locator("#live").inner_text() == "Пара закреплена"
    assert tab.evaluate("document.activeElement.textContent") == "Пара закреплена"
    assert tab.complaints == []


@pytest.mark.browser
def test_the_summary_of_errors_takes_the_focus(tab: Any) -> None:
    tab.goto("/")

    assert tab.evaluate("document.activeElement.id") == "error-summary"


@pytest.mark.browser
def test_a_draft_survives_until_logging_out(tab: Any) -> None:
    tab.goto("/")
    tab.locator("#ground").fill("Директор в командировке до 16 ноября")
    tab.goto("/errors/404")
    tab.goto("/")
    assert tab.locator("#ground").input_value() == "Директор в командировке до 16 ноября"

    tab.get_by_role("button", name="Выйти").click()
    tab.goto("/")
    assert tab.locator("#ground").input_value() == "Приказ на подписи с 10 ноября"


@pytest.mark.browser
def test_a_form_is_sent_once(tab: Any) -> None:
    tab.goto("/")
    # The window hears last: it notes what the page let through and keeps the browser here.
    tab.evaluate(
        "window.refused = [];"
        "addEventListener('submit', (event) => { refused.push(event.defaultPrevented); event.preventDefault(); })"
    )
    button = tab.locator("form[data-draft] .btn-main")
    button.click()
    button.filter(has_text="Сохраняем…").wait_for()
    button.click(force=True)

    assert tab.evaluate("refused") == [False, True]
