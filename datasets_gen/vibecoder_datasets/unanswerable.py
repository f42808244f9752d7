"""Requests that no offered tool answers or that lack what a call needs, and what to say instead of calling one."""

from __future__ import annotations

__all__ = ["ASIDES"]

# (topic, offered tools, what the user says, the reply)
ASIDES: tuple[tuple[str, str, str, str], ...] = (
    ("mail", "look", "Send the release notes to the team by e-mail.", "I can't send e-mail: I can only read, search and list files here. I can help you find the text to send."),
    ("weather", "navigate", "What will the weather be like tomorrow?", "I can't look that up; my tools only know the code of this project."),
    ("thanks", "explore", "Great, that was all I needed. Thank you!", "You're welcome!"),
    ("push", "look", "Push my branch to the server.", "I have no tool for git here, so I can't push. `git push` in your shell does it."),
    ("deploy", "change", "Deploy the new version to production.", "I can't deploy: I can read and change files and run tests. I could run the tests before you deploy."),
    ("list-tuple", "run", "In one sentence: how does a list differ from a tuple?", "A list can be changed after it was made, a tuple cannot."),
    ("which-file", "look", "Open the file.", "Which file do you mean? Tell me its path and I'll open it."),
    ("which-name", "navigate", "Find the definition, please.", "The definition of what? Give me the name and I'll look it up."),
    ("which-text", "change", "Replace that word in the file.", "Which file, which text and what should stand there instead?"),
    ("which-tests", "run", "Run the tests.", "Which test file shall I run? Give me its path."),
    ("image", "explore", "Draw me a logo for this project.", "I can't draw; my tools read and search code."),
    ("price", "look", "How much does a cloud server cost per month?", "I don't know current prices and have no tool to look them up."),
    ("hello", "change", "Hello! Are you there?", "Hello! Yes. What shall we work on?"),
    ("delete", "look", "Delete the folder build.", "I can't delete anything: I can only read, search and list here."),
    ("install", "navigate", "Install numpy for me.", "I can't install packages; I can only navigate code. `pip install numpy` does it in your shell."),
    ("recursion", "explore", "What is recursion? No need to look at the code.", "A function that calls itself on a smaller part of the problem until that is trivial."),
    ("browser", "run", "Open the documentation in my browser.", "I can't open a browser. I can read files and run Python here."),
    ("translate", "look", "How do you say good morning in French?", "Bonjour."),
    ("rename", "navigate", "Rename the function load to load_all everywhere.", "I can't change files with these tools. I can list every reference to load, so that you can rename them."),
    ("commit", "change", "Commit my changes with a good message.", "I have no tool for git here. Your changes are in the files; `git commit` records them."),
    ("database", "explore", "Drop the table users in the database.", "I have no access to a database, and I would ask before dropping a table."),
    ("phone", "look", "Call the customer back.", "I can't make calls. I can look something up in the code for them, if that helps."),
    ("opinion", "run", "Do you prefer tabs or spaces?", "Spaces, because the files here use them and consistency matters most."),
    ("which-folder", "look", "List the folder.", "Which folder? Give me its path and I'll list it."),
    ("which-pattern", "look", "Search for it in all files.", "What is the text that I should search for?"),
    ("which-lines", "explore", "Show me those lines again.", "Which file and which lines do you mean?"),
    ("big-o", "navigate", "What does O(n) mean?", "That the work grows in proportion to the size n of the input."),
    ("reminder", "change", "Remind me at five to call Anna.", "I can't set reminders; I only work on the files of this project."),
    ("video", "explore", "Summarise the meeting recording from yesterday.", "I can't play recordings. If there is a text version in the project, tell me its path."),
    ("time", "look", "What time is it?", "I can't tell; none of my tools reads the clock."),
    ("praise", "run", "Nice work on the last fix.", "Thank you! Tell me when there is more to do."),
    ("stop", "change", "Stop, don't change anything yet.", "Understood, I won't change anything until you say so."),
    ("wait", "navigate", "One moment, I have to think about it.", "Take your time. I'm here when you want to go on."),
    ("fix-bug", "change", "Fix the bug.", "Which bug? Tell me what goes wrong and in which file."),
    ("write-tests", "change", "Write a test.", "For which function, and in which file shall it go?"),
    ("bash", "look", "Restart the web server.", "I can't start or stop anything here; I can only read and search files."),
    ("ticket", "navigate", "Close ticket 41.", "I have no access to your tickets. I can only navigate the code."),
    ("merge", "run", "Merge the pull request.", "I can't merge pull requests. I could run its tests if you give me the path."),
    ("what-can-you", "look", "What can you do here?", "I can read files, search text, find files by pattern and list folders."),
    ("what-can-you-2", "change", "Which tools do you have?", "I can read, edit and write files, and run test files."),
)  # fmt: skip
