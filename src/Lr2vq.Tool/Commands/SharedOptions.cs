using System.CommandLine;
using System.CommandLine.Parsing;
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

    public static Option<string?> RemoteCache() => new("--remote-cache")
    {
        Description = "Address of a cache that many machines share, http:// or https://; default: that of the environment variable LR2VQ_REMOTE_CACHE. Uses the cache, too.",
        HelpName = "URL",
    };

    public static Option<bool> RemoteCacheReadOnly() => new("--remote-cache-read-only") { Description = "Upload nothing to the remote cache." };

    public static Option<int?> Threads() =>
        Whole("--threads", "N", "Threads to use; 0: all processors. The result does not depend on it.", 0, 1024);

    public static Option<string[]> Shape() => new("--shape")
    {
        Description = "Shape of an input whose dimensions are symbolic, such as x=1,3,48,320.",
        HelpName = "NAME=N,N,…",
    };

    /// <summary>Samples for a network.</summary>
    public static Option<string[]> Data() => new("--data")
    {
        Description = "Values of an input: a .npy array, a picture, or a folder with such, a sample each. NAME= may be left out if there is one input. Default: random numbers.",
        HelpName = "NAME=PATH",
        AllowMultipleArgumentsPerToken = false,
    };

    /// <summary>An option that takes a whole number.</summary>
    public static Option<int?> Whole(string name, string value, string description, int least, int largest) => new(name)
    {
        Description = description,
        HelpName = value,
        CustomParser = result =>
        {
            string word = result.Tokens.Count == 1 ? result.Tokens[0].Value : "";
            if (int.TryParse(word, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number) && number >= least && number <= largest) return number;
            result.AddError($"{name} cannot be '{word}'. It is a whole number from {least} to {largest}");
            return null;
        },
    };
}
