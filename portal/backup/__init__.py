"""How is all of it kept elsewhere, put back, and let go on?"""
