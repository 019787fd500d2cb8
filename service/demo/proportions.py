"""How common each behaviour is, with the reason for it. All of the demo's realism is tuned here."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Proportions:
    """Shares (0 to 1) of the people, places or occasions named, and means a year where said."""

    # Households. Most customers are the only one at home who buys here; in the rest it is a
    # couple more often than not.
    household_of_two: float = 0.20
    household_of_three: float = 0.04
    household_of_four: float = 0.03
    shared_computer: float = 0.40  # one in the living room; the others have their own only
    shared_tablet: float = 0.20
    family_mailbox: float = 0.07  # one address for all: older couples, mostly
    landline: float = 0.12  # fewer and fewer homes have one, and fewer give it
    one_login: float = 0.04  # a couple that shops with one account
    one_card: float = 0.06  # and one that saves points on one card

    # What one person owns.
    second_address: float = 0.18  # an old one, or one for shops
    second_phone: float = 0.06  # one of the employer
    work_computer: float = 0.15
    own_computer: float = 0.55
    own_tablet: float = 0.12
    employee: float = 0.03  # buys for a company with an account here
    staff: float = 0.012  # works in one of the shops: 4 people each, at 2,000 customers
    has_app: float = 0.26
    second_handset: float = 0.10  # a telephone and a tablet

    # What a person has from earlier years: the beginning of the data is not that of the shop.
    has_card: float = 0.25
    has_account: float = 0.25
    has_newsletter: float = 0.25

    # How things change in a year.
    new_handset: float = 0.30  # every three years
    handed_down: float = 0.25  # the old one goes to somebody at home
    new_number: float = 0.04
    number_reassigned: float = 0.05  # a given-up number comes to another customer within the year
    lost_card: float = 0.05
    reinstalled: float = 0.15  # the app, which renews all ids that it makes itself
    months_cookies_kept: float = 9.0  # until somebody clears them

    # Occasions a year, for somebody of average keenness.
    web_visits: float = 4.9
    app_visits: float = 11.0  # of those who have the app
    shop_visits: float = 1.9
    calls: float = 0.05  # beside those about an order
    newsletters: float = 24.0

    # On the site.
    on_shared: float = 0.45  # of visits by those whose household has a computer or tablet
    borrowed: float = 0.003  # on a friend's telephone
    in_partners_login: float = 0.30  # goes on where the other one left it logged in
    registers: float = 0.05  # without buying anything
    registers_to_buy: float = 0.45  # the other orders are placed as a guest
    logs_in: float = 0.30
    logs_in_to_buy: float = 0.85
    forgot_account: float = 0.12  # of those with a second address: buys with another account
    newsletter_sign_up: float = 0.05
    comes_back: float = 0.45  # days after a campaign, and on any device: the research before buying
    buys: float = 0.045  # at a visit, without having been moved to by anything

    # In the shops.
    shows_card: float = 0.75
    joins: float = 0.14  # takes a card at the till
    receipt_by_mail: float = 0.45  # the northern tills ask for an address
    phone_asked: float = 0.40  # the southern ones for a number
    gives_landline: float = 0.30
    lends_card: float = 0.12  # staff who scan their own card "for the points": a habit of few
    card_lent: float = 0.14  # of their customers without a card
    no_card_zeros: float = 0.10  # of customers without one: zeros, to get past the field
    kiosk_visits: float = 0.03  # of visits to a shop that has a tablet for what is not on the shelf
    library: float = 0.010  # of people: use the library's computer, which nobody ever resets

    # Mistakes: keyed by somebody else, under time pressure, from what they heard.
    mistyped_email: float = 0.05
    mistyped_phone: float = 0.03
    national_phone: float = 0.02  # written without the country's code
    placeholder_email: float = 0.02  # staff: "none@example.com"
    wrong_contact: float = 0.006  # customer service opens another one's record
    crm_finds_duplicate: float = 0.80  # before it makes a second record of the same person
    crm_merges_wrongly: float = 0.004  # of people: record merged with that of somebody else

    # Transport.
    sent_twice: float = 0.006  # an answer that got lost, so that the client tried again
    offline: float = 0.05  # app visits in the underground, sent hours or days later
    returned: float = 0.07  # orders
    asks_about_order: float = 0.06
