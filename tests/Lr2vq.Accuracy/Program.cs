using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Accuracy;

const string usage = """
    dotnet run -c Release --project tests/Lr2vq.Accuracy -- table [--json FILE] [--network PART] [--options "Preset=Balanced;TargetRatio=8"]…

    Measures networks before and after compression on labelled pictures. --network keeps those whose file name contains PART;
    --options replaces the settings that are compared. Exit code 1: a promised accuracy was missed, or fp32 is not what it should be.
    """;
if (args is not ["table", .. string[] rest] || rest.Length % 2 != 0)
{
    Console.Error.WriteLine(usage);
    return 2;
}
string? json = null, network = null;
List<string> settings = [];
foreach (string[] pair in rest.Chunk(2))
{
    switch (pair[0])
    {
        case "--json": json = pair[1]; break;
        case "--network": network = pair[1]; break;
        case "--options": settings.Add(pair[1]); break;
        default:
            Console.Error.WriteLine(usage);
            return 2;
    }
}
return new AccuracyTable(settings.Count > 0 ? settings : AccuracyTable.UsualSettings).Run(network, json) ? 0 : 1;
