using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Threading;
using Lr2vq.Accuracy;
using Lr2vq.Testing;
using Lr2vq.Testing.Docs;

const string usage = """
    dotnet run -c Release --project tests/Lr2vq.Accuracy -- COMMAND [--json FILE] [--network PART] …

    table   Measures networks before and after compression on labelled pictures and rendered lines, by presets and single methods.
              --quick              a few settings of each network
              --missing            only rows that FILE does not have yet
              --options TEXT       these settings instead, such as "Preset=Balanced;TargetRatio=8"; may be repeated; FineTune needs libtorch
              --calibrated         with the network's calibration data
    ablation  The middle calibrated ratio of each network with each part of calibration alone, with all but one, with none and with all.
    rates   Ratios between and beyond those of the table, for the chart.
            Both keep rows of FILE that today's compressor would measure alike; a run that was cut goes on.
    field   Runs networks that people publish, original and compressed, on real inputs and compares every output. The preset Balanced without data,
            unless --options says another setting. What FILE already knows of the same artifact is kept.
    tuned   The comparison: methods untrained and trained, at equal bytes and with the same images, on a network that --net names. Rows that FILE has are kept, a run that was
            cut goes on. Needs libtorch; where the system's C++ run time is too old for it, the program starts again with a newer one.
              --net NAME           cifar10j-resnet20 or cifar10-resnet18
              --method NAME        only this method (and the control)
              --options TEXT       with --method: these settings instead of those it would try, such as "M=9;D=7"; may be repeated
              --ratio N            only this ratio; may be repeated
              --images N           images of a training, passes counted
              --untrained          only the rows of the searches
              --seed N             0; may be repeated
              --threads N          threads; by default those of libtorch
    fine-tune  Networks compressed with data, and trained afterwards as a build trains them. Rows that FILE has are kept; a time limit is that of the machine at hand. Needs libtorch as above.
    rank-rule  What rules choose as d̃ beside every d̃, trained with few images at equal bytes: two networks, three settings each. Rows that FILE has are kept, a run that was cut goes on.
            --net, --images (3000), --seed and --threads as above.
    training-speed  Images a second of our trainer and of a plain TorchSharp loop over the same network, in turns. --threads N as above.
    docs    Writes docs/accuracy.md and its chart from the figures in docs/measurements.

    --network keeps the networks whose file name contains PART. Exit code 1: what is promised was missed, or fp32 is not what it should be.
    """;
string? json = null, part = null, net = null, method = null;
int images = 0, threads = 0;
bool untrained = false;
List<int> seeds = [];
List<double> ratios = [];
bool quick = false, missing = false, calibrated = false;
List<string> settings = [];
for (int i = 1; i < args.Length; i++)
{
    bool more = i + 1 < args.Length;
    switch (args[i])
    {
        case "--json" when more: json = args[++i]; break;
        case "--network" when more: part = args[++i]; break;
        case "--options" when more: settings.Add(args[++i]); break;
        case "--net" when more: net = args[++i]; break;
        case "--method" when more: method = args[++i]; break;
        case "--ratio" when more && double.TryParse(args[i + 1], CultureInfo.InvariantCulture, out double ratio): ratios.Add(ratio); i++; break;
        case "--untrained": untrained = true; break;
        case "--images" when more && int.TryParse(args[i + 1], out images): i++; break;
        case "--threads" when more && int.TryParse(args[i + 1], out threads): i++; break;
        case "--seed" when more && int.TryParse(args[i + 1], out int seed): seeds.Add(seed); i++; break;
        case "--quick": quick = true; break;
        case "--missing": missing = true; break;
        case "--calibrated": calibrated = true; break;
        default: return Refuse();
    }
}
switch (args.FirstOrDefault())
{
    case "table" when settings.Any(text => text.Contains("FineTune=", StringComparison.Ordinal)): return Torch(_ => Table());
    case "table": return Table();
    case "ablation": return new AccuracyTable(network => network.AblationSettings, row => row.IsOfToday).Run(part, json) ? 0 : 1;
    case "rates": return new AccuracyTable(network => network.RateSettings, row => row.IsOfToday).Run(part, json) ? 0 : 1;
    case "field": return new FieldTable(settings.Count > 0 ? settings[^1] : FieldTable.UsualSetting).Run(part, json) ? 0 : 1;
    case "tuned" when net is not null: return Torch(token => new TunedCommand(json).Run(net, method, settings, ratios, images, seeds.Count > 0 ? seeds : [0], threads, !untrained, token));
    case "fine-tune": return Torch(_ => new AccuracyTable(network => network.FineTuneSettings, _ => true).Run(part, json) ? 0 : 1);
    case "rank-rule": return Torch(token => new RankRuleCommand(json).Run(net, images > 0 ? images : 3000, seeds.FirstOrDefault(), threads, token));
    case "training-speed": return TorchProcess.Ensure(args) ? TrainingSpeed.Run(json, threads, rounds: 7) : 2;
    case "docs":
        DocsFiles.Update(TestData.RepositoryRoot, AccuracyDocs.Pages(TestData.RepositoryRoot));
        return 0;
    default: return Refuse();
}

int Table() => new AccuracyTable(Settings, _ => missing).Run(part, json) ? 0 : 1;

int Torch(Func<CancellationToken, int> work)
{
    if (!TorchProcess.Ensure(args)) return 2;
    using CancellationTokenSource stop = new();
    Console.CancelKeyPress += (_, e) =>
    {
        e.Cancel = true;
        stop.Cancel();
    };
    try
    {
        return work(stop.Token);
    }
    catch (ArgumentException problem)
    {
        Console.Error.WriteLine(problem.Message);
        return 2;
    }
    catch (OperationCanceledException)
    {
        Console.WriteLine("cut; the same command goes on");
        return 3;
    }
}

IReadOnlyList<TableSetting> Settings(NetworkCase network) =>
    settings.Count > 0 ? [.. settings.Select(text => new TableSetting(text, calibrated))]
    : quick ? [.. network.Settings.Where(s => s.Options == TableSetting.Balanced.Options), .. network.Settings.Where(s => s.Calibrated).Take(1)]
    : [.. network.Settings, .. network.MethodSettings];

int Refuse()
{
    Console.Error.WriteLine(usage);
    return 2;
}
