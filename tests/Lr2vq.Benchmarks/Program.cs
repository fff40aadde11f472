using System;
using Lr2vq.Benchmarks;
using Lr2vq.Testing;
using Lr2vq.Testing.Docs;

// Commands print a table for people; --json FILE writes the same as an array. --only TEXT keeps the cases whose name contains it.
if (args is ["load-onnxruntime", ..]) return LoadBench.RunOnnxRuntime(args[1..]);
var options = BenchmarkOptions.Parse(args);
switch (options.Command)
{
    case "peak": return PeakBench.Run(options);
    case "layers": return LayerBench.Run(options);
    case "decode": return DecodeBench.Run(options);
    case "steps": return StepsBench.Run(options);
    case "peers": return PeersBench.Run(options);
    case "field": return FieldBench.Run(options);
    case "load": return LoadBench.Run(options);
    case "products": return ProductsBench.Run(options);
    case "memory": return MemoryBench.Run(options);
    case "factors": return FactorsBench.Run(options);
    case "formats": return FormatsBench.Run(options);
    case "optimize": return OptimizeBench.Run(options);
    case "choices": return ChoicesBench.Run(options);
    case "costs": return CostsBench.Run(options);
    case "cancel": return CancelBench.Run(options);
    case "cancel-tool": return CancelToolBench.Run(options);
    case "stages": return StagesBench.Run(options);
    case "all": return AllBenches.Run(options);
    case "docs":
        DocsFiles.Update(TestData.RepositoryRoot, PerformanceDocs.Pages(TestData.RepositoryRoot));
        return 0;
    default:
        Console.Error.WriteLine("Usage: dotnet run -c Release --project tests/Lr2vq.Benchmarks -- COMMAND [--only TEXT] [--json FILE] [--rounds N] [--threads N] [--processes N]");
        Console.Error.WriteLine("Commands: peak, layers, decode, steps [--folder FOLDER], peers, field [--folder FOLDER], load, products, factors, memory, formats, optimize, choices, costs, cancel, cancel-tool, stages, all --json-folder FOLDER, docs");
        return 2;
}
