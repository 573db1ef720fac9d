"""What happens to a claim, from draft to payout; knows no request and no form."""
