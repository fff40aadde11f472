using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Accuracy;
using Lr2vq.Testing;
using Lr2vq.Testing.Docs;

const string usage = """
    dotnet run -c Release --project tests/Lr2vq.Accuracy -- COMMAND [--json FILE] [--network PART] …

    table   Measures networks before and after compression on labelled pictures and rendered lines.
              --quick              a few settings of each network
              --rate               ratios between and beyond those of the table, for the chart
              --missing            only rows that FILE does not have yet
              --options TEXT       these settings instead, such as "Preset=Balanced;TargetRatio=8"; may be repeated
              --calibrated         with the network's calibration data
    ablation  The middle calibrated ratio of each network with each part of calibration alone, with all but one, with none and with all.
    field   Runs networks that people publish, original and compressed, on real inputs and compares every output. The preset Balanced without data,
            unless --options says another setting. What FILE already knows of the same artifact is kept.
    docs    Writes docs/accuracy.md and its chart from the figures in docs/measurements.

    --network keeps the networks whose file name contains PART. Exit code 1: what is promised was missed, or fp32 is not what it should be.
    """;
string? json = null, part = null;
bool quick = false, rate = false, missing = false, calibrated = false;
List<string> settings = [];
for (int i = 1; i < args.Length; i++)
{
    bool more = i + 1 < args.Length;
    switch (args[i])
    {
        case "--json" when more: json = args[++i]; break;
        case "--network" when more: part = args[++i]; break;
        case "--options" when more: settings.Add(args[++i]); break;
        case "--quick": quick = true; break;
        case "--rate": rate = true; break;
        case "--missing": missing = true; break;
        case "--calibrated": calibrated = true; break;
        default: return Refuse();
    }
}
switch (args.FirstOrDefault())
{
    case "table": return new AccuracyTable(Settings, missing).Run(part, json) ? 0 : 1;
    case "ablation": return new AccuracyTable(network => network.AblationSettings, missing).Run(part, json) ? 0 : 1;
    case "field": return new FieldTable(settings.Count > 0 ? settings[^1] : FieldTable.UsualSetting).Run(part, json) ? 0 : 1;
    case "docs":
        DocsFiles.Update(TestData.RepositoryRoot, AccuracyDocs.Pages(TestData.RepositoryRoot));
        return 0;
    default: return Refuse();
}

IReadOnlyList<TableSetting> Settings(NetworkCase network) =>
    settings.Count > 0 ? [.. settings.Select(text => new TableSetting(text, calibrated))]
    : rate ? network.RateSettings
    : quick ? [.. network.Settings.Where(s => s.Options == TableSetting.Balanced.Options), .. network.Settings.Where(s => s.Calibrated).Take(1)]
    : network.Settings;

int Refuse()
{
    Console.Error.WriteLine(usage);
    return 2;
}
