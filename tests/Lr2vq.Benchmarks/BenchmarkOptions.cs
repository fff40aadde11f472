using System;
using System.Collections.Generic;
using System.Globalization;

namespace Lr2vq.Benchmarks;

/// <summary>The command line of the benchmarks.</summary>
/// <param name="Case">The exact name of the only case; empty for all that <paramref name="Only"/> leaves.</param>
/// <param name="Samples">File for the unprocessed times: how a process that another one started answers.</param>
internal sealed record BenchmarkOptions(string Command, string Only, string? Json, int Rounds, int Threads, int Processes, string Case, string? Samples, string? JsonFolder)
{
    public static BenchmarkOptions Parse(string[] args)
    {
        var options = new BenchmarkOptions(args.Length > 0 ? args[0] : "", "", null, 11, 1, 1, "", null, null);
        for (int i = 1; i < args.Length; i += 2)
        {
            string value = i + 1 < args.Length ? args[i + 1] : "";
            options = args[i] switch
            {
                _ when value.Length == 0 => options with { Command = "" },
                "--only" => options with { Only = value },
                "--json" => options with { Json = value },
                "--rounds" => options with { Rounds = Number(value) },
                "--threads" => options with { Threads = Number(value) },
                "--processes" => options with { Processes = Number(value) },
                "--json-folder" => options with { JsonFolder = value },
                "--case" => options with { Case = value },
                "--samples" => options with { Samples = value },
                _ => options with { Command = "" },
            };
        }
        return options;
    }

    /// <summary>Writes the rows of a table, and the machine in each, to the file of --json, if there is one.</summary>
    public void WriteJson<T>(IReadOnlyList<T> rows)
    {
        if (Json is { } path) JsonFile.WriteRows(path, rows, MachineText.Current);
    }

    public bool Wants(string name) => name.Contains(Only, StringComparison.OrdinalIgnoreCase) && (Case.Length == 0 || name == Case);

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
