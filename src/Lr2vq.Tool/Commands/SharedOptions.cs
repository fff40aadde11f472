using System.CommandLine;
using System.Globalization;

namespace Lr2vq.Tool.Commands;

/// <summary>Options that several commands have.</summary>
internal static class SharedOptions
{
    public static Option<bool> Json() => new("--json") { Description = "Print the result as JSON." };

    public static Option<string?> CacheDirectory() => new("--cache-directory")
    {
        Description = "Folder of the cache; default: lr2vq/cache below the user's local application data.",
        HelpName = "FOLDER",
    };

    public static Option<int> Threads()
    {
        Option<int> threads = new("--threads") { Description = "Threads to use; 0: all processors. The result does not depend on it.", HelpName = "N" };
        threads.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && int.TryParse(result.Tokens[0].Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int count) && count is < 0 or > 1024)
                result.AddError("--threads is a number from 0 to 1024");
        });
        return threads;
    }
}
