"""Since when: an hour, a day, a time that has passed."""

from rules.severity.facts import Fact
from rules.severity.phrases.split import Table, split

SINCE: Table = {
    Fact.SINCE: split(
        """
        od # | jos od # | negdje od # | od oko # | otprilike od # | od jutros | jutros od # |
        od jucer | od juce | od sinoc | od nocas | od danas | od prekjucer | od prekjuce |
        od vikenda | od ponedjeljk* | od ponedelj* | od utork* | od srijed* | od srede |
        od cetvrtk* | od petk* | od subot* | od nedjelj* | od podne* | od zadnj* azuriranj* |
        vec # sat* | vec # dan* | vec # minut* | vec # h | vec sat* | vec dan* | zadnjih # |
        poslednjih # | prije # sat* | pre # sat* | prije # minut* | pre # minut* |
        od jutra | od davi | od zjutraj | ze od # | od vcerajsnj* | od vceraj | od danes |
        od tork* | od cetrtk* | od sobot* | ze # ur* | ze # dn* | ze # minut* | zadnjih nekaj ur |
        pred # ur* | pred # minut* |
        seit # | seit etwa # | seit ca # | seit kurz nach # | seit gestern | seit heute |
        seit vorgestern | seit montag | seit dienstag | seit mittwoch | seit donnerstag |
        seit freitag | seit samstag | seit sonntag | seit wochen* | seit stunden | seit tagen |
        seit dem update | seit der nacht | vor # minuten | vor # stunden |
        since # | since about # | since around # | since yesterday | since this morning |
        since last night | since last week | since today | since monday | since tuesday |
        since wednesday | since thursday | since friday | since saturday | since sunday |
        since the update | since midnight | since noon | for # minut* | for # hour* |
        for # day* | for an hour | for hours | for days | for the last # | for the past # |
        # minutes ago | # hours ago | an hour ago
        """
    ),
}
