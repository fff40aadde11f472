using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using Lr2vq.Testing;
using Lr2vq.Testing.Networks;

namespace Lr2vq.Benchmarks;

/// <summary>The command line of the benchmarks.</summary>
/// <param name="Case">The exact name of the only case; empty for all that <paramref name="Only"/> leaves.</param>
/// <param name="Folder">Whose networks <c>field</c> and <c>steps</c> take; null for those of the data folder and of npm packages.</param>
/// <param name="Samples">File for the unprocessed times: how a process that another one started answers.</param>
internal sealed record BenchmarkOptions(string Command, string Only, string? Json, int Rounds, int Threads, int Processes, string Case, string? Samples, string? JsonFolder, string? Folder)
{
    public static BenchmarkOptions Parse(string[] args)
    {
        var options = new BenchmarkOptions(args.Length > 0 ? args[0] : "", "", null, 11, 1, 1, "", null, null, null);
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
                "--folder" => options with { Folder = value },
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

    /// <summary>Published networks, or those of the folder.</summary>
    public IEnumerable<string> Networks() => Folder is null ? TestNetworks.Published : Directory.GetFiles(Folder, "*.onnx").Order(StringComparer.Ordinal);

    /// <summary>Where one of <see cref="Networks"/> is; null if it is missing, for a reason.</summary>
    public string? Find(string network, out string reason)
    {
        reason = "";
        return Folder is null ? TestData.FindModel(network, out reason) : network;
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
