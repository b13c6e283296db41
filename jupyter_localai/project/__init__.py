"""What a team shares of an index by version control: the project file, and the lock.

Both are read in the process of the user, and only ask: nothing in them widens what is read or contacted.
"""
