def test_panel_opens(module):
    assert module.ui.reconstructButton.text == "Reconstruct"
