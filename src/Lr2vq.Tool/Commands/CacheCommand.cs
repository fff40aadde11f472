using System;
using System.Collections.Generic;
using System.CommandLine;
using System.Globalization;
using System.Linq;
using System.Text.Json.Nodes;
using Lr2vq.Caching;
using Lr2vq.Diagnostics;
using Lr2vq.Options;
using Lr2vq.Tool.Output;

namespace Lr2vq.Tool.Commands;

/// <summary><c>lr2vq cache list|trim|verify|clear</c>.</summary>
internal static class CacheCommand
{
    public static Command Create(ToolContext context)
    {
        Option<string?> folder = SharedOptions.CacheDirectory();
        folder.Recursive = true;
        Option<bool> json = SharedOptions.Json();
        Option<string?> size = new("--size") { Description = "Bytes to keep, such as 500000000, 500MB or 2GiB; default: 10 GB.", HelpName = "SIZE" };
        Command list = new("list", "Lists the artifacts, most recently used first.") { json };
        Command trim = new("trim", "Removes the least recently used artifacts.") { size };
        Command verify = new("verify", "Reads every artifact and removes damaged ones.");
        Command clear = new("clear", "Removes every artifact that no build uses now.");
        list.SetAction(parsed => List(context, Open(parsed, folder), parsed.GetValue(json)));
        trim.SetAction(parsed =>
        {
            long bytes = ArtifactCache.DefaultSize;
            if (parsed.GetValue(size) is not { } word || ByteSize.TryParse(word, out bytes)) return Removed(context, Open(parsed, folder).Trim(bytes));
            throw new DiagnosticException(DiagnosticCatalogue.OptionNumberInvalid.At(new DiagnosticPlace { Option = "--size" }, "--size", word, ByteSize.Text));
        });
        clear.SetAction(parsed => Removed(context, Open(parsed, folder).Trim(-1)));
        verify.SetAction(parsed =>
        {
            ArtifactCache cache = Open(parsed, folder);
            IReadOnlyList<(CacheEntry Entry, string Problem)> damaged = cache.Verify(context.Cancellation);
            foreach ((CacheEntry entry, string problem) in damaged) context.Output.WriteLine($"{entry.Key[..12]}  removed: {problem}");
            context.Output.WriteLine($"{Words.Whole(cache.List().Count)} artifacts are sound, {Words.Whole(damaged.Count)} were damaged");
            return ExitCode.Done;
        });
        return new Command("cache", "Looks after the cache of artifacts that builds share.") { folder, list, trim, verify, clear };
    }

    private static ArtifactCache Open(ParseResult parsed, Option<string?> folder) => new(parsed.GetValue(folder));

    private static int List(ToolContext context, ArtifactCache cache, bool json)
    {
        IReadOnlyList<CacheEntry> entries = cache.List();
        if (json)
        {
            JsonOutput.Write(context, new JsonObject
            {
                ["folder"] = cache.Folder,
                ["bytes"] = entries.Sum(e => e.Bytes),
                ["entries"] = new JsonArray([.. entries.Select(e => new JsonObject
                {
                    ["key"] = e.Key,
                    ["bytes"] = e.Bytes,
                    ["lastUse"] = e.LastUse.ToString("u", CultureInfo.InvariantCulture),
                    ["source"] = e.Report?.Source,
                    ["options"] = e.Report?.Options,
                    ["originalBytes"] = e.Report?.OriginalBytes,
                    ["relativeError"] = e.Report?.RelativeError,
                    ["seconds"] = e.Report?.Seconds,
                })]),
            });
            return ExitCode.Done;
        }
        if (entries.Count > 0)
        {
            TableText table = new("key", "model", "options", "last use", "bytes", "ratio", "made in") { FirstNumber = 4, GivingWay = [2, 1] };
            foreach (CacheEntry entry in entries)
                table.Add(entry.Key[..12], entry.Report?.Source ?? "?", entry.Report?.Options ?? "?", entry.LastUse.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture),
                    Words.Whole(entry.Bytes), entry.Report is { } report ? Words.Ratio(report.OriginalBytes, entry.Bytes) : "-", entry.Report is { } made ? Words.Seconds(made.Seconds) : "-");
            table.Write(context, context.Width);
        }
        context.Output.WriteLine($"{Words.Whole(entries.Count)} artifacts, {Words.Bytes(entries.Sum(e => e.Bytes))} in {cache.Folder}");
        return ExitCode.Done;
    }

    private static int Removed(ToolContext context, IReadOnlyList<CacheEntry> removed)
    {
        context.Output.WriteLine($"{Words.Whole(removed.Count)} artifacts removed, {Words.Bytes(removed.Sum(e => e.Bytes))}");
        return ExitCode.Done;
    }
}
