"""What is kept ready for the reports that are asked most: computed anew from facts for the days that changed."""
