package prom
import ("testing";"os";"fmt";"time";"slices";"github.com/trimtab/trimtab/analyzer/usage";"github.com/trimtab/trimtab/analyzer/cluster")
func TestDump(t *testing.T){ end,_:=time.Parse(time.RFC3339,os.Getenv("TRIMTAB_PERF_END")); a:=os.Getenv("TRIMTAB_PERF_PROMETHEUS")
 snap:=snapshotOfSeries(t,a,end); s,_:=New(Config{URL:a}); u,err:=s.Usage(t.Context(),snap,usage.Window{Start:end.Add(-50*time.Hour),End:end},func(usage.Progress){}); if err!=nil{t.Fatal(err)}
 var ids []cluster.ContainerID; for id:=range u.Containers{ids=append(ids,id)}; slices.SortFunc(ids,cluster.ContainerID.Compare)
 d,err:=s.Refine(t.Context(),snap,u,ids[:60],1<<40,func(usage.Progress){}); if err!=nil{t.Fatal(err)}
 f,_:=os.Create(os.Getenv("DUMP")); defer f.Close()
 for _,id:=range ids{ h:=u.Containers[id]; fmt.Fprintf(f,"%v memory %+v %+v\n",id,h.Memory,h.Events); fmt.Fprintf(f,"%v cpu",id); for i:=range h.CPU.Pods{p:=&h.CPU.Pods[i];q,_:=p.Dist.Quantile(.95);m,_:=p.Dist.Max();fmt.Fprintf(f," %s %v %v %d %.4g %.5f",p.Pod,p.First,p.Last,p.Dist.Count(),q,m)};fmt.Fprintln(f)}
 for _,id:=range ids[:60]{ fmt.Fprintf(f,"%v detail %+v\n",id,d.Containers[id])}
}
