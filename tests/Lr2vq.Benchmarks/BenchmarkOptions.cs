using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Text.Json;

namespace Lr2vq.Benchmarks;

/// <summary>The command line of the benchmarks.</summary>
internal sealed record BenchmarkOptions(string Command, string Only, string? Json, int Rounds)
{
    private static readonly JsonSerializerOptions s_json = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    public static BenchmarkOptions Parse(string[] args)
    {
        var options = new BenchmarkOptions(args.Length > 0 ? args[0] : "", "", null, 11);
        for (int i = 1; i + 1 < args.Length; i += 2)
            options = args[i] switch
            {
                "--only" => options with { Only = args[i + 1] },
                "--json" => options with { Json = args[i + 1] },
                "--rounds" => options with { Rounds = int.Parse(args[i + 1], CultureInfo.InvariantCulture) },
                _ => options with { Command = "" },
            };
        return options;
    }

    /// <summary>Writes the rows of a table to the file of --json, if there is one.</summary>
    public void WriteJson<T>(IReadOnlyList<T> rows)
    {
        if (Json is { } path) File.WriteAllText(path, JsonSerializer.Serialize(rows, s_json));
    }

    public bool Wants(string name) => name.Contains(Only, StringComparison.OrdinalIgnoreCase);
}
